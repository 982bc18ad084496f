import CKernels
import KodamaInference
import KodamaLayers

/// The kernels of each precision and representation: the one place where the engine distinguishes them.
extension kodama_generation {
  /// Multiplies packed weights of a precision with vectors.
  func product(_ precision: Precision) -> kodama_kernel? {
    switch precision {
    case .float32: product_f32
    case .bfloat16: product_bf16
    case .int8, .ternary, .binary: product_int8
    case .int4: product_int4
    }
  }

  /// Multiplies packed weights of a precision, without blocks that are 0, with vectors; nil where there is no such kernel.
  func sparseProduct(_ precision: Precision) -> kodama_kernel? {
    switch precision {
    case .float32: sparse_f32
    case .bfloat16: sparse_bf16
    case .int8, .ternary, .binary: sparse_int8
    case .int4: nil
    }
  }

  /// Gates floats and writes them in a representation.
  func gate(_ representation: OperandForm.Representation) -> kodama_kernel? {
    switch representation {
    case .float32: gate_f32
    case .bfloat16: gate_bf16
    case .integer8: gate_u8
    }
  }

  /// Writes floats in a representation.
  func convert(_ representation: OperandForm.Representation) -> kodama_kernel? {
    switch representation {
    case .float32: convert_f32
    case .bfloat16: convert_bf16
    case .integer8: convert_u8
    }
  }

  /// Multiply-adds of the products of a representation on registers alone, for measuring.
  func multiply(_ representation: OperandForm.Representation, isSparse: Bool) -> (
    @convention(c) (Int, UnsafeMutablePointer<Float>?) -> Int
  )? {
    switch representation {
    case .float32: multiply_f32
    case .bfloat16: multiply_bf16
    case .integer8: isSparse ? multiply_blocks : multiply_int8
    }
  }
}
