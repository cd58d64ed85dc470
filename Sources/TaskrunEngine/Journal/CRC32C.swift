/// The checksum of iSCSI, ext4 and Btrfs: finds every error of up to 32 bits in a row.
struct CRC32C: Sendable, Hashable {
  /// The checksum of all bytes so far; 0 before the first.
  private(set) var value: UInt32 = 0

  /// Takes the next bytes, eight at a time.
  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var crc = ~value
    Self.tables.withUnsafeBufferPointer { tables in
      var offset = 0
      while offset + 8 <= bytes.count {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ UInt64(crc)
        crc = 0
        for position in 0..<8 {
          crc ^= tables[(7 - position) << 8 | Int(UInt8(truncatingIfNeeded: word >> (8 * UInt64(position))))]
        }
        offset += 8
      }
      for byte in bytes[offset...] {
        crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
      }
    }
    value = ~crc
  }

  /// For every byte what it does to a checksum, alone and with one to seven zero bytes after it. Every run makes them, so
  /// without a closure for each bit and a check for each index.
  private static let tables = [UInt32](unsafeUninitializedCapacity: 8 * 256) { tables, count in
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 0 ? 0 : 0x82F6_3B78) }
      tables[byte] = crc
    }
    for position in 256..<tables.count {
      let before = tables[position - 256]
      tables[position] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
    count = tables.count
  }
}
