import CKernels

/// Maximum and average pooling of a range of channels of one map [height, width, channels].
extension Primitives {
  /// Reduces the elements under each window to one element of the output.
  ///
  /// - Precondition: every window covers an element of the map.
  @_specialize(where S == Double)
  @_specialize(where S == Float)
  package final func poolForward(
    _ windows: kodama_windows, _ kind: PoolingGeometry.Kind, channels: Range<Int>, _ map: Input, _ out: Output
  ) {
    for output in 0..<windows.out_height * windows.out_width {
      let row = out + output * windows.channels
      var taps = 0
      windows.forEachTap(ofOutput: output) { _, position in
        let line = map + position * windows.channels
        taps += 1
        if taps == 1 {
          for c in channels { row[c] = line[c] }
        } else if kind == .maximum {
          for c in channels where line[c] > row[c] || line[c].isNaN { row[c] = line[c] }
        } else {
          for c in channels { row[c] += line[c] }
        }
      }
      if kind != .maximum {
        let divisor = S(windows.divisor(kind, taps: taps))
        for c in channels { row[c] /= divisor }
      }
    }
  }

  /// Propagates the gradient of the output back to the map, adding to `mapGradient`.
  @_specialize(where S == Double)
  @_specialize(where S == Float)
  package final func poolBackward(
    _ windows: kodama_windows, _ kind: PoolingGeometry.Kind, channels: Range<Int>, _ map: Input, output y: Input,
    _ gradient: Input, _ mapGradient: Output
  ) {
    withUnsafeTemporaryAllocation(of: S.self, capacity: channels.count) { rest in
      for output in 0..<windows.out_height * windows.out_width {
        let first = output * windows.channels
        var taps = 0
        if kind != .maximum { windows.forEachTap(ofOutput: output) { _, _ in taps += 1 } }
        let divisor = S(windows.divisor(kind, taps: taps))
        // The gradient not yet distributed: for a maximum all of it goes to the first element that equals it.
        for c in channels { rest[c - channels.lowerBound] = gradient[first + c] / divisor }
        windows.forEachTap(ofOutput: output) { _, position in
          let line = position * windows.channels
          for c in channels {
            let index = c - channels.lowerBound
            if kind != .maximum {
              mapGradient[line + c] += rest[index]
            } else if map[line + c] == y[first + c] || map[line + c].isNaN {
              mapGradient[line + c] += rest[index]
              rest[index] = 0
            }
          }
        }
      }
    }
  }
}

extension kodama_windows {
  /// The divisor of the sum under a window with `taps` taps inside the map.
  fileprivate func divisor(_ kind: PoolingGeometry.Kind, taps: Int) -> Int {
    switch kind {
    case .maximum: 1
    case .average(countingPadding: true): kernel_height * kernel_width
    case .average(countingPadding: false): taps
    }
  }
}
