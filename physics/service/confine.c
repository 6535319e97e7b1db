#include "physics/service/confine.h"

#include "eventstore/base/diag.h"
#include "physics/service/job.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sanitizers need more memory and more of the system than is left here; what they find is worth more to a test. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/* Whatever the C library calls to compute, to have memory (qsort asks how much there is), to be interrupted, to end. */
static const int allowed[] = {
	SYS_read,          SYS_write,           SYS_readv,        SYS_writev,  SYS_ppoll,  SYS_brk,
	SYS_munmap,        SYS_mremap,          SYS_madvise,      SYS_futex,   SYS_exit,   SYS_exit_group,
	SYS_rt_sigreturn,  SYS_rt_sigprocmask,  SYS_rt_sigaction, SYS_getpid,  SYS_gettid, SYS_tgkill,
	SYS_clock_gettime, SYS_restart_syscall, SYS_getrandom,    SYS_sysinfo,
#ifdef SYS_poll
	SYS_poll,
#endif
};

/* Memory that can be executed is for nobody. */
static const int mapping[] = {SYS_mmap, SYS_mprotect};

enum { INSTRUCTIONS_MAX = 96, PROTECTION_ARGUMENT = 2 };

struct program {
	struct sock_filter instructions[INSTRUCTIONS_MAX];
	unsigned short     count;
};

static void add(struct program *program, struct sock_filter instruction)
{
	program->instructions[program->count++] = instruction;
}

static void load(struct program *program, size_t offset)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

/* Goes on when the loaded word is the value, else skips so many instructions. */
static void unless_equal_skip(struct program *program, unsigned value, unsigned char skip)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

static void answer(struct program *program, unsigned action)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Classic BPF over struct seccomp_data (seccomp(2)). */
static void write_program(struct program *program)
{
	size_t protection = offsetof(struct seccomp_data, args) + PROTECTION_ARGUMENT * sizeof(uint64_t);

	load(program, offsetof(struct seccomp_data, arch));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	answer(program, SECCOMP_RET_KILL_PROCESS);
	load(program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		unless_equal_skip(program, (unsigned)allowed[i], 1);
		answer(program, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < sizeof(mapping) / sizeof(mapping[0]); i++) {
		unless_equal_skip(program, (unsigned)mapping[i], 4);
		load(program, protection);
		add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0));
		answer(program, SECCOMP_RET_ALLOW);
		answer(program, SECCOMP_RET_KILL_PROCESS);
	}
	answer(program, SECCOMP_RET_KILL_PROCESS);
}

static void limit(int resource, rlim_t most)
{
	struct rlimit now, wanted;

	if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
		return;
	wanted.rlim_cur = wanted.rlim_max = now.rlim_max < most ? now.rlim_max : most;
	if (setrlimit((__rlimit_resource_t)resource, &wanted) != 0)
		diag(DIAG_WARN, "worker_not_limited", "resource %d: %s", resource, strerror(errno));
}

static void set_limits(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, CONFINE_CPU_SECONDS);
	limit(RLIMIT_NOFILE, JOB_DESCRIPTOR + 1); /* poll takes no more than there may be */
	limit(RLIMIT_NPROC, 0);
	if (!SANITIZED)
		limit(RLIMIT_AS, (rlim_t)CONFINE_MEMORY_MB << 20);
}

void confine_begin(int last)
{
	close_range((unsigned)last + 1, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* a terminal's, which is meant for the parent */
}

void confine(void)
{
	struct program    program = {.count = 0};
	struct sock_fprog whole = {.filter = program.instructions};

	set_limits();
	if (SANITIZED || ARCHITECTURE == 0)
		return;
	write_program(&program);
	whole.len = program.count;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) != 0)
		diag(DIAG_WARN, "worker_not_confined", "%s", strerror(errno));
}
