import KodamaCore
import Testing

@Suite struct EditDistanceTests {
  @Test func changesAreCounted() {
    #expect(EditDistance.between("kitten", "sitting") == 3)
    #expect(EditDistance.between("", "abc") == 3 && EditDistance.between("abc", "") == 3)
    #expect(EditDistance.between("same", "same") == 0)
  }

  @Test func theNearestIsFound() {
    #expect(EditDistance.nearest(to: "mcd-dwt", of: ["lsd", "mcd-dtw", "mcd"]) == "mcd-dtw")
    #expect(EditDistance.nearest(to: "x", of: []) == nil)
  }
}
