/// The members of a JSON object, each value as its own text. The last of equal keys counts.
///
/// A list that is searched: the protocol's objects have a handful of members, each of which is looked up once.
struct JSONMembers {
  private(set) var items: [(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []

  /// An object without members.
  init() {}

  /// - Parameter bytes: an object and nothing else.
  init(of bytes: ArraySlice<UInt8>) throws(JSONScanner.Fault) {
    items.reserveCapacity(8)
    try JSONScanner.eachMember(of: bytes) { items.append(($0, $1)) }
  }

  /// The value with this key; `nil` if there is none.
  subscript(key: StaticString) -> ArraySlice<UInt8>? {
    for item in items.reversed() where item.key.count == key.utf8CodeUnitCount {
      if item.key.elementsEqual(UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)) {
        return item.value
      }
    }
    return nil
  }
}
