#if MPI
  import CMPI
  import KodamaCore

  /// The processes that mpirun started, and their messages by MPI.
  final class MPICommunicator: Communicator {
    let rank: Int
    let size: Int
    private let world = kodama_mpi_world()

    /// Starts MPI in this process.
    init() {
      var provided: Int32 = 0
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided)
      var (rank, size): (Int32, Int32) = (0, 0)
      MPI_Comm_rank(world, &rank)
      MPI_Comm_size(world, &size)
      (self.rank, self.size) = (Int(rank), Int(size))
    }

    /// Errors end the job, as MPI has it by default: after one, messages are not defined.
    private final class Request: Transfer {
      private var request: MPI_Request?
      private var isDone = false

      init(_ start: (_ request: inout MPI_Request?) -> Void) { start(&request) }

      var isComplete: Bool {
        if !isDone { isDone = kodama_mpi_test(&request) != 0 }
        return isDone
      }
    }

    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) -> any Transfer {
      Request {
        MPI_Isend(bytes.baseAddress, Int32(bytes.count), kodama_mpi_byte(), Int32(rank), Int32(tag), world, &$0)
      }
    }

    func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) -> any Transfer {
      Request {
        MPI_Irecv(bytes.baseAddress, Int32(bytes.count), kodama_mpi_byte(), Int32(rank), Int32(tag), world, &$0)
      }
    }

    func sum(_ numbers: UnsafeMutableBufferPointer<Float>) -> any Transfer {
      Request {
        MPI_Iallreduce(
          kodama_mpi_in_place(), numbers.baseAddress, Int32(numbers.count), kodama_mpi_float(), kodama_mpi_sum(), world,
          &$0)
      }
    }

    func sum(_ numbers: UnsafeMutableBufferPointer<Double>) -> any Transfer {
      Request {
        MPI_Iallreduce(
          kodama_mpi_in_place(), numbers.baseAddress, Int32(numbers.count), kodama_mpi_double(), kodama_mpi_sum(),
          world,
          &$0)
      }
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) -> any Transfer {
      Request { MPI_Ibcast(bytes.baseAddress, Int32(bytes.count), kodama_mpi_byte(), Int32(rank), world, &$0) }
    }

    func abort(_ status: ExitStatus) -> Never {
      MPI_Abort(world, status.rawValue)
      fatalError("MPI_Abort returned")
    }

    func finish() { MPI_Finalize() }
  }
#endif
