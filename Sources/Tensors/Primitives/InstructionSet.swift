import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An entry of the kernel table: one instruction set that kernels are compiled for.
///
/// `@unchecked Sendable`: the pointer is to a constant table.
public struct InstructionSet: @unchecked Sendable, CustomStringConvertible {
  /// The kernels of single precision.
  package let kernels: UnsafePointer<kodama_kernels_f32>
  /// Its index in every table of kernels.
  package let index: Int

  /// Its name: `portable`, `avx2`, `avx512` or `avx512vnni` (AVX-512 with its products of bytes and of bfloat16).
  public var description: String { String(cString: kernels.pointee.name) }

  /// The entries that this processor can run, weakest first.
  public static var available: [InstructionSet] {
    (0..<kodama_kernels_f32_count()).compactMap { index in
      kodama_kernels_f32_entry(index).map { InstructionSet(kernels: $0, index: index) }
    }
  }

  /// The entry in use: the strongest one, or the one that the environment variable `KODAMA_ISA` names.
  ///
  /// Results are bitwise reproducible with one entry; different entries round differently.
  public static let current: InstructionSet =
    available.last { requested == nil || $0.description == requested }
    ?? available[available.count - 1]

  /// Whether it has instructions for pairs of bfloat16.
  var hasPairs: Bool { description == "avx512vnni" }

  /// What `KODAMA_ISA` names; nil where it is not set.
  public static var requested: String? { getenv("KODAMA_ISA").map { String(cString: $0) } }
}
