// The operating system calls that Swift cannot make by itself: starting a child with vfork semantics,
// variadic and macro interfaces, and the shared table that outlives the runner. No policy lives here.
// No header of the system is included that declares types (a pid is an int32_t): Swift would take those types
// for this module's, and files that import only the C library would lose them.
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

// What went wrong when a child could not be started.
enum csystem_spawn_step {
  CSYSTEM_STEP_NONE = 0,
  CSYSTEM_STEP_CREATE = 1,   // no process: out of pids, memory or descriptors
  CSYSTEM_STEP_CHDIR = 2,    // the folder
  CSYSTEM_STEP_EXEC = 3,     // the program
  CSYSTEM_STEP_SETUP = 4,    // a descriptor could not be put in its place
};

// How to start a child. All pointers are borrowed for the call.
struct csystem_spawn_request {
  const char *const *paths;      // programs to try in order, NULL-terminated, as execvp would
  char *const *arguments;        // NULL-terminated
  char *const *environment;      // NULL-terminated
  const char *directory;         // NULL: the runner's
  int input, output, error;      // become 0, 1, 2; each at least 3
  int64_t soft_descriptor_limit; // the child's RLIMIT_NOFILE; negative: as it is
  int32_t *record;               // receives the child's pid before the program starts; NULL: nothing
  uint64_t signals;              // those to put to their defaults, from signal 1 on: what csystem_changed_signals says
};

// The signals that are or may be ignored or handled, one bit for each from signal 1 on: all standard ones, which a program
// may change at any time, and of the real-time signals those that are so now. A child is started in the time of a few
// dozen system calls, so it matters that most of these need not be made for each one.
uint64_t csystem_changed_signals(void);

struct csystem_child {
  int32_t pid;
  int exit_descriptor; // readable once the child has ended: a pidfd, or a kqueue; close-on-exec
  int step;            // enum csystem_spawn_step, when the call failed
  int error;           // errno of that step
};

// Starts a child in a new session, with no descriptor but 0, 1 and 2, the signals at their defaults and all
// unblocked. The child's own errors are reported, not lost. Any thread may call this.
// Returns whether a child runs now; if not, step and error say why and nothing is left behind.
bool csystem_spawn(const struct csystem_spawn_request *request, struct csystem_child *child);

// A pipe whose two ends are close-on-exec from birth. Returns 0 or errno.
int csystem_pipe(int *read_end, int *write_end);

// Makes a descriptor's reads and writes return at once instead of waiting. Returns 0 or errno.
int csystem_set_nonblocking(int descriptor);

// Something one thread can poll and others can signal. On Linux one eventfd, both numbers equal.
int csystem_make_wakeup(int *read_end, int *write_end);
void csystem_wake(int write_end);
void csystem_clear_wakeup(int read_end);

// A table of `count` zeroed 32-bit numbers in memory that a forked process shares; NULL with errno.
int32_t *csystem_make_table(int count);
int32_t csystem_table_load(const int32_t *entry);
void csystem_table_store(int32_t *entry, int32_t value);

// Starts a process that waits until the other end of `*lifeline` is closed, by the caller's death above all, and
// then ends every process group in the table and every process whose environment has the entry `mark`.
// Returns its pid, or -1 with errno. Any thread may call this; one guardian a process.
int32_t csystem_start_guardian(const int32_t *table, int count, const char *mark, int *lifeline);

// Makes the caller the parent of orphaned descendants, where the system can. Returns whether it can.
bool csystem_become_subreaper(void);

// The name that ps and pkill see, at most 15 bytes.
void csystem_set_process_name(const char *name);

// A descriptor from which exactly these bytes can be read, from the start: a child's standard input.
// Returns it close-on-exec, or -1 with errno.
int csystem_make_input(const void *bytes, size_t count);

// Counts the living (not zombie) processes of a process group.
int csystem_living_in_group(int32_t group);

/// Whether the numbers in /proc are those that this process knows others by. In a namespace of processes that still shows
/// the outer /proc they are not, and a signal would reach somebody else. Safe in a signal handler.
bool csystem_proc_is_ours(void);

// Sends a signal to every process whose environment has all of these entries ("NAME=value"), except the caller
// and the first `count` of `spared`. Reads /proc, so it finds nothing on systems without it.
// Returns how many it found.
int csystem_signal_marked(const char *const *entries, const int32_t *spared, int count, int signal);

// How many bytes wait in a pipe to be read, asked at its writing end; -1 where the system does not tell.
int64_t csystem_unread_bytes(int write_end);

// The caller's children, as the system lists them: at most `capacity` pids. Returns how many there are, or -1.
int csystem_children(int32_t *pids, int capacity);

// A condition variable whose timed waits no change of the wall clock stretches. `condition` and `mutex` are a
// pthread_cond_t and a pthread_mutex_t. (In C because Swift sees `timespec` through whichever module came first.)
void csystem_condition_init(void *condition);
// Waits at most so many nanoseconds, and at most a day.
void csystem_condition_wait(void *condition, void *mutex, int64_t nanoseconds);

// How many processors the calling thread may be scheduled on, at least 1.
int32_t csystem_allowed_processors(void);

// Tells the processor that the caller looks at something again and again, and has no hurry.
static inline void csystem_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

// Where the calling function's frame lies on the thread's stack, which grows downwards.
static inline uintptr_t csystem_stack_position(void) { return (uintptr_t)__builtin_frame_address(0); }

// What the calling thread has used; all of the process where the system does not tell threads apart.
// In microseconds.
void csystem_thread_usage(int64_t *user, int64_t *system);

// What a process of this user has used: processor time of all its threads since its start, and the memory that is
// resident now. False if there is no such process, or the system does not tell.
bool csystem_process_usage(int32_t pid, int64_t *processor_microseconds, int64_t *resident_bytes);

// Makes ended children stay until they are reaped. (A process that was started with SIGCHLD ignored would never
// learn how its children ended.)
void csystem_keep_ended_children(void);

// How a child ended and what it used, together with the children that it waited for.
struct csystem_end {
  int exit_status;  // -1 if a signal ended it, or if somebody else has reaped it
  int signal;       // 0 if it exited
  bool dumped_core;
  int64_t user_microseconds, system_microseconds, max_rss_bytes;
};

// Waits for exactly this child and reaps it.
struct csystem_end csystem_reap(int32_t pid);

// Whether this child of the caller has ended and is not reaped yet.
bool csystem_has_ended(int32_t pid);

// Whether the caller has children, running or ended. On Linux the guardian does not count.
bool csystem_has_children(void);

// Creates a file without a name in the folder (mode 0666 less the umask, close-on-exec), which csystem_name_file can
// give a name later; a program that is killed before leaves nothing. Returns a descriptor, or -1 where the system, the
// file system or the lack of /proc does not allow it.
int csystem_unnamed_file(const char *folder);

// Gives such a file a name that is not taken yet. Returns errno, or 0.
int csystem_name_file(int descriptor, const char *path);

// Milliseconds since 1970-01-01T00:00:00Z.
int64_t csystem_wall_clock(void);

#endif
