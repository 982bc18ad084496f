/// A number that tensors hold: `Float` for work, `Double` for gradient checks.
///
/// Its static members are the primitives: the only code that touches the elements of a tensor in bulk. Each works on
/// whole blocks, so that choosing between the types (and one day between processors) costs nothing per element. All run
/// on the calling thread. Matrices are row-major; `n`, `rows` and `columns` count elements.
public protocol Scalar: BinaryFloatingPoint, Sendable {
  /// out [m, n] = op(a) · op(b) + beta · out, where op(a) is [m, k] and op(b) is [k, n], transposed as stored where the
  /// flags say so; `lda`, `ldb` and `ldc` are the distances between rows as stored.
  static func multiplyMatrices(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, _ a: UnsafePointer<Self>, lda: Int,
    _ b: UnsafePointer<Self>, ldb: Int, beta: Self, _ out: UnsafeMutablePointer<Self>, ldc: Int)

  /// y[i · its stride] = x[i · its stride] for i in 0..<n.
  static func copy(
    n: Int, _ x: UnsafePointer<Self>, stride: Int, _ y: UnsafeMutablePointer<Self>, stride yStride: Int)
  /// Σ x[i] · y[i].
  static func dot(n: Int, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>) -> Self

  /// out = a + b; `out` may be an input.
  static func add(n: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// out = a − b; `out` may be an input.
  static func subtract(n: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// out = a · b; `out` may be an input.
  static func multiply(n: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// y += s · x.
  static func addScaled(n: Int, _ s: Self, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// y += a · b.
  static func addProduct(n: Int, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// out = s · x; `out` may be `x`.
  static func scale(n: Int, _ s: Self, _ x: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// Every row of `out` becomes `row`.
  static func fillRows(rows: Int, columns: Int, _ row: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// Adds `row` to every row of `out`.
  static func addRow(rows: Int, columns: Int, _ row: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// Adds the sum of the rows of `x` to `sums`.
  static func sumRows(rows: Int, columns: Int, _ x: UnsafePointer<Self>, _ sums: UnsafeMutablePointer<Self>)
  /// y = tanh x; `y` may be `x`.
  static func tanhForward(n: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// dx = dy · (1 − y²); `dx` may be `dy`.
  static func tanhBackward(
    n: Int, _ y: UnsafePointer<Self>, _ dy: UnsafePointer<Self>, _ dx: UnsafeMutablePointer<Self>)
  /// y = 1 / (1 + e⁻ˣ); `y` may be `x`.
  static func sigmoidForward(n: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// dx = dy · y · (1 − y); `dx` may be `dy`.
  static func sigmoidBackward(
    n: Int, _ y: UnsafePointer<Self>, _ dy: UnsafePointer<Self>, _ dx: UnsafeMutablePointer<Self>)
  /// y = max(0, x), NaN for NaN; `y` may be `x`.
  static func reluForward(n: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// dx = dy where y > 0, else 0; `dx` may be `dy`.
  static func reluBackward(
    n: Int, _ y: UnsafePointer<Self>, _ dy: UnsafePointer<Self>, _ dx: UnsafeMutablePointer<Self>)
  /// `z` [rows, 2 · channels], filter first, becomes (tanh z_f, sigmoid z_g); `h` [rows, channels] their product.
  static func gateForward(rows: Int, channels: Int, _ z: UnsafeMutablePointer<Self>, _ h: UnsafeMutablePointer<Self>)
  /// `h` again from the activated `z`.
  static func gateProduct(rows: Int, channels: Int, _ z: UnsafePointer<Self>, _ h: UnsafeMutablePointer<Self>)
  /// The gradient of `z` before activation; `dz` may be `z`.
  static func gateBackward(
    rows: Int, channels: Int, _ z: UnsafePointer<Self>, _ dh: UnsafePointer<Self>, _ dz: UnsafeMutablePointer<Self>)

  /// Softmax cross-entropy in nats: the sum over rows of weight · −ln p(target). A row of weight 0 adds nothing. Where
  /// `gradient` is given it becomes weight · (p − onehot(target)); it may be `logits`.
  static func crossEntropy(
    rows: Int, classes: Int, _ logits: UnsafePointer<Self>, targets: UnsafePointer<Int32>, weights: UnsafePointer<Self>,
    gradient: UnsafeMutablePointer<Self>?
  ) -> Double
  /// The loss of mixtures in nats: the sum over rows of weight · −ln p(target), and where `gradient` is given its
  /// gradient, as of `crossEntropy`.
  static func mixtureLoss(
    _ mixture: DiscretizedMixture, rows: Int, _ x: UnsafePointer<Self>, targets: UnsafePointer<Int32>,
    weights: UnsafePointer<Self>, gradient: UnsafeMutablePointer<Self>?
  ) -> Double
  /// The sum of squares, in double precision and one fixed order.
  static func sumOfSquares(n: Int, _ x: UnsafePointer<Self>) -> Double
}
