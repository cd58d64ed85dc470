// Two calculations that keep a core busy: what a first look at `kind: cpu` needs. Both do all of the work step by
// step; neither knows a shortcut.

public import TaskrunAPI

/// The plugin with `math.sum_of_squares` and `math.primes`.
public let mathPlugin = Plugin(name: "math", taskTypes: [SumOfSquaresTask(), PrimesTask()])
