import TaskrunAPI
package import TaskrunEngine
package import TaskrunManifest

extension EarlierRun {
  /// What is selected when this run is continued.
  ///
  /// Without a selection of its own the new run is about what the first of these runs was about. With `isFailedOnly` it is about the
  /// tasks with instances that failed or were cut off, and what depends on these, as far as these runs knew it.
  /// - Throws: ``ResumeError/nothingFailed(run:)``.
  package func selection(
    _ selection: Selection, of manifest: Manifest, isFailedOnly: Bool
  ) throws(ResumeError) -> Selection {
    let wanted = selection == Selection() ? wholeSelection.existing(in: manifest) : selection
    guard isFailedOnly else { return wanted }
    let failed = tasks([.failed, .cutOff, .leftOut])
    var isIncluded = manifest.tasks.map { failed.contains($0.name) && selection.names(task: $0) }
    let known = tasks()
    var dependents = [[Int]](repeating: [], count: manifest.tasks.count)
    for (position, task) in manifest.tasks.enumerated() {
      for need in task.needs { dependents[need.task].append(position) }
    }
    var rest = isIncluded.indices.filter { isIncluded[$0] }
    while let position = rest.popLast() {
      for dependent in dependents[position]
      where !isIncluded[dependent] && known.contains(manifest.tasks[dependent].name) {
        isIncluded[dependent] = true
        rest.append(dependent)
      }
    }
    let names = manifest.tasks.indices.filter { isIncluded[$0] }.map { manifest.tasks[$0].name }
    guard !names.isEmpty else { throw .nothingFailed(run: start.runID) }
    return Selection(names: names, skipped: wanted.skipped)
  }

  /// `resuming run X of 2026-11-22 08:00:00 UTC: 12 of 20 are done; 3 were running when it ended and run again`.
  /// - Parameter selection: what the new run is about.
  package func summary(for manifest: Manifest, selecting selection: Selection) -> String {
    let states = states
    let done = states.count { $0.state == .done }
    let total = max(journals.compactMap(\.start.total).max() ?? 0, states.count)
    let time = start.startedAtText.prefix(19).split(separator: "T").joined(separator: " ")
    var text = "resuming run \(start.runID) of \(time) UTC: "
    text += "\(done) of \(total) \(done == 1 ? "is" : "are") done"
    let cutOff = states.count { $0.state == .cutOff }
    if cutOff > 0 {
      text += "; \(cutOff) \(cutOff == 1 ? "was" : "were") running when it ended and "
      text += cutOff == 1 ? "runs again" : "run again"
    }
    let leftOut = leftOut(of: manifest, by: selection)
    if leftOut > 0 {
      text += "; \(leftOut) \(leftOut == 1 ? "task" : "tasks") of it \(leftOut == 1 ? "is" : "are") left out"
    }
    if recorded.tornBytes > 0 { text += "; the end of its journal was cut off" }
    for run in emptyRuns { text += "; run \(run) ended before it could note anything" }
    let gone = tasks().subtracting(manifest.tasks.map(\.name)).sorted()
    if !gone.isEmpty {
      let names = gone.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
      text += "; no longer in the manifest: \(names)\(gone.count > 5 ? " and \(gone.count - 5) more" : "")"
    }
    return text
  }

  /// How many tasks are not done, belong to the whole, and not to what is selected.
  private func leftOut(of manifest: Manifest, by selection: Selection) -> Int {
    let wholeSelection = wholeSelection.existing(in: manifest)
    // What cannot be planned is refused later, in the words of the plan.
    guard selection != wholeSelection, let whole = try? Plan(manifest, selection: wholeSelection),
      let selected = try? Plan(manifest, selection: selection)
    else { return 0 }
    var isOpen: Set<String> = []
    var doneInstances: [String: Int] = [:]
    for (id, state) in states {
      switch state {
      case .done, .passedOver: doneInstances[taskName(of: id), default: 0] += 1
      case .cutOff, .failed, .leftOut: isOpen.insert(taskName(of: id))
      }
    }
    return whole.entries.count { entry in
      guard selected.entry(ofTask: entry.task) == nil else { return false }
      let name = entry.definition.name
      // A task that was passed over has one record for all its instances.
      return isOpen.contains(name)
        || state(of: name) == nil && doneInstances[name, default: 0] < entry.count ?? 1
    }
  }

  /// The names of the tasks with instances that came so far; of all tasks for `nil`.
  private func tasks(_ wanted: Set<RecordedRun.State>? = nil) -> Set<String> {
    Set(states.lazy.filter { wanted?.contains($0.state) ?? true }.map { taskName(of: $0.id) })
  }
}

extension Selection {
  /// The selection without what the manifest does not have any more.
  fileprivate func existing(in manifest: Manifest) -> Selection {
    func isKnown(_ name: String) -> Bool {
      let pattern = GlobPattern(name)
      return manifest.tasks.contains { pattern.matches($0.name) }
    }
    var selection = Selection(
      names: names.filter(isKnown),
      tags: tags.filter { tag in manifest.tasks.contains { $0.tags.contains(tag) } },
      skipped: skipped.filter(isKnown))
    // Nothing at all would mean everything.
    if selection.names.isEmpty, selection.tags.isEmpty { (selection.names, selection.tags) = (names, tags) }
    return selection
  }

  /// Whether a task is selected by itself, not because another one needs it.
  fileprivate func names(task: TaskDefinition) -> Bool {
    if names.isEmpty, tags.isEmpty { return true }
    return names.contains { GlobPattern($0).matches(task.name) } || tags.contains { task.tags.contains($0) }
  }
}
