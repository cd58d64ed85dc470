/// Where a value stands in the whole: each step knows the one before it. So a step costs the same at any depth, and
/// the path that `Codable` speaks of is only made when somebody asks for it.
final class CodingTrail {
  private let parent: CodingTrail?
  private let step: CodingStep

  init(_ parent: CodingTrail?, _ step: CodingStep) {
    self.parent = parent
    self.step = step
  }

  /// All steps, from the outermost; the top has no trail.
  static func path(_ trail: CodingTrail?) -> [any CodingKey] {
    Array(sequence(first: trail) { $0?.parent }.lazy.compactMap { $0?.step.key }.reversed())
  }
}

/// From a list or mapping to what is in it.
enum CodingStep {
  case index(Int)
  case key(any CodingKey)

  var key: any CodingKey {
    switch self {
    case .index(let index): PayloadKey(intValue: index)
    case .key(let key): key
    }
  }
}

/// A key that no program declared: a position in a list, or `super`.
struct PayloadKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  static let `super` = PayloadKey(stringValue: "super")

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }
}
