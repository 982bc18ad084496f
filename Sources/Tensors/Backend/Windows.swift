import CKernels

extension kodama_windows {
  /// The windows that slide over one sample of an input; a signal is a map of height 1.
  init(_ windows: [SlidingWindow], input: Shape, output: Shape) {
    let isMap = windows.count == 2
    let (rows, columns) = (isMap ? windows[0] : SlidingWindow(1), windows[isMap ? 1 : 0])
    let (height, width) = (isMap ? input[1] : 1, input[-2])
    self.init(
      height: height, width: width, channels: input.last, out_height: isMap ? output[1] : 1, out_width: output[-2],
      kernel_height: rows.kernelSize, kernel_width: columns.kernelSize, stride_height: rows.stride,
      stride_width: columns.stride, dilation_height: rows.dilation, dilation_width: columns.dilation,
      padding_height: rows.padding(ofLength: height).before, padding_width: columns.padding(ofLength: width).before)
  }

  /// Elements of the map.
  var mapCount: Int { height * width * channels }
  /// Elements of the output, of as many channels.
  var outputCount: Int { out_height * out_width * channels }
}
