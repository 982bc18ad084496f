import Kodama
import TestSupport
import Testing
