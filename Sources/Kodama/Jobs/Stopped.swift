/// What ends an algorithm that was asked to stop.
struct Stopped: Error {}
