/// One value for each kind of task: what a dictionary of all kinds would be, without hashing and without gaps.
public struct PerKind<Element> {
  /// The value for tasks that mostly wait.
  public var io: Element
  /// The value for tasks that mostly compute.
  public var cpu: Element

  /// Makes a pair of values.
  @inlinable
  public init(io: Element, cpu: Element) {
    self.io = io
    self.cpu = cpu
  }

  /// The value for a kind.
  @inlinable
  public subscript(kind: TaskKind) -> Element {
    get {
      switch kind {
      case .io: io
      case .cpu: cpu
      }
    }
    _modify {
      switch kind {
      case .io: yield &io
      case .cpu: yield &cpu
      }
    }
  }
}

extension PerKind: Sendable where Element: Sendable {}
extension PerKind: Equatable where Element: Equatable {}
extension PerKind: Hashable where Element: Hashable {}
