import Testing

@testable import TaskrunCLI

@Suite struct CommandLineHelpTests {
  @Test func helpSaysEverythingThereIs() {
    #expect(
      Subcommand.run.helpText == """
        Run the tasks of a manifest: io tasks on threads, cpu tasks in processes.

        usage: taskrun [OPTION...] [FILE [TASK...]] [-- ARG...]
               taskrun COMMAND [OPTION...] [ARG...]

          FILE  the manifest, or '-' (default: taskrun.yaml, tasks.yaml)
          TASK  a task or a pattern such as 'fetch*', with what it needs (default: all)
          ARG   what tasks read as {{ args }}

        Commands:
          check [FILE]    show all that is wrong with a manifest; nothing is started
          plugins [NAME]  list the task types and reporters there are, or describe one
          help [COMMAND]  show this text, or that of a command

        Reports:
          -r, --reporter NAME[:PATH]  write a report: table (default), json or another
                                      of 'taskrun plugins'; repeatable, with a PATH for
                                      all but one
              --order ORDER           order of rows: completed (default) or submitted

        Pools:
              --io N                  threads for io tasks: 64, 50%, +2, -2 or auto
              --cpu N                 processes for cpu tasks, in the same forms
          -j, --jobs N                the same as --cpu

        Failures and limits:
          -k, --keep-going            go on after a failure (default)
              --fail-fast             cancel the run at the first failure
              --max-failures N        cancel the run at the Nth failure
              --timeout D             default limit of an attempt: 500ms, 30s, 1h30m
              --deadline D            limit of the whole run

        Input:
              --var K=V               set {{ vars.K }} over the manifest; repeatable
          -C, --directory DIR         work in the folder DIR

        Selection:
              --tag T                 select the tasks with this tag too; repeatable
              --skip GLOB             leave out what matches, such as 'deploy*';
                                      repeatable
              --resume [RUN]          continue the last run, or that run: what
                                      succeeded unchanged stays
              --failed                of the last run, or that of --resume, only what
                                      failed

        Show, and start nothing:
          -n, --dry-run               show what would run, in order
          -l, --list                  list the tasks
              --graph FORMAT          draw who needs whom: dot or mermaid

        Messages:
          -q, --quiet                 show failures and the last line only
          -v, --verbose               show all that tasks write
              --color WHEN            use colors: auto (default), always or never
              --diagnostics FORMAT    form of diagnostics: text (default) or json

        About taskrun:
          -h, --help                  show this text
          -V, --version               show the version

        Exit status:
          0        every task succeeded or was allowed to fail
          1        a task failed, timed out, or did not run because of that
          2, 3, 4  wrong usage, wrong manifest, nothing selected
          65       the journal of the run to resume is damaged
          124      --deadline reached

        Examples:
          taskrun tasks.yaml                            run everything, show a table
          taskrun tasks.yaml -r table -r json:out.json  and keep all results as JSON
          taskrun tasks.yaml 'fetch*' --io 64 --fail-fast --timeout 30s

        """)
  }

  @Test func helpOfCheckShowsTheFlagsOfCheckOnly() {
    #expect(
      Subcommand.check.helpText == """
        Show all that is wrong with a manifest; nothing is started.

        usage: taskrun check [OPTION...] [FILE]

          FILE  the manifest, or '-' (default: taskrun.yaml, tasks.yaml)

        Input:
              --var K=V               set {{ vars.K }} over the manifest; repeatable
          -C, --directory DIR         work in the folder DIR

        Messages:
          -q, --quiet                 show failures and the last line only
          -v, --verbose               show all that tasks write
              --color WHEN            use colors: auto (default), always or never
              --diagnostics FORMAT    form of diagnostics: text (default) or json

        About taskrun:
          -h, --help                  show this text

        """)
  }

  @Test func helpOfPluginsSaysWhatANameCanBe() {
    #expect(
      Subcommand.plugins.helpText == """
        List the task types and reporters there are, or describe one.

        usage: taskrun plugins [OPTION...] [NAME]

          NAME  a task type such as http.get, or a reporter such as json

        About taskrun:
          -h, --help                  show this text

        """)
  }

  @Test(arguments: Subcommand.allCases)
  func helpFitsATerminalOf80Columns(_ topic: Subcommand) {
    for line in topic.helpText.split(separator: "\n") {
      #expect(line.count < 80)
      #expect(!line.hasSuffix(" "))
    }
    #expect(topic.helpText.hasSuffix("\n"))
  }

  @Test func everyFlagHasALineOfHelpAndItsChoicesStandInIt() {
    for flag in Flag.all {
      #expect(!flag.help.isEmpty, "\(flag.long)")
      for choice in flag.value?.choices ?? [] {
        #expect(flag.help.contains(choice), "\(flag.long)")
      }
    }
  }

  @Test func noTwoFlagsShareAName() {
    #expect(Set(Flag.all.map(\.long)).count == Flag.all.count)
    let shorts = Flag.all.compactMap(\.short)
    #expect(Set(shorts).count == shorts.count)
  }
}
