/* Preloaded into a server: counts its heap allocations in a file that a test maps.
 *
 * STN_ALLOC_FILE names the file. Layout, all 64-bit host order: [0] allocations, [1] bytes,
 * [2] armed (written by the test), [3] traces taken, then traces of k_depth return addresses each.
 * While armed, the first k_traces allocations leave their call stack there. operator new of a
 * statically linked C++ runtime ends in malloc and is counted there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { k_traces = 200, k_depth = 12, k_size = 1 << 16 };

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t *shared;
static _Thread_local int inside;

__attribute__((constructor)) static void open_counter(void) {
  const char *path = getenv("STN_ALLOC_FILE");
  if (path == NULL) return;
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, k_size) != 0) abort();
  void *memory = mmap(NULL, k_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) abort();
  void *warm[k_depth];
  backtrace(warm, k_depth); /* loads the unwinder now, not while counting */
  shared = memory;
}

static void count(size_t size) {
  if (shared == NULL || inside) return;
  atomic_fetch_add_explicit(&shared[0], 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&shared[1], size, memory_order_relaxed);
  if (!atomic_load_explicit(&shared[2], memory_order_relaxed)) return;
  uint64_t number = atomic_fetch_add_explicit(&shared[3], 1, memory_order_relaxed);
  if (number >= k_traces) return;
  void *frames[k_depth] = {0};
  inside = 1;
  backtrace(frames, k_depth);
  inside = 0;
  for (int i = 0; i < k_depth; i++)
    atomic_store_explicit(&shared[4 + number * k_depth + (uint64_t)i], (uintptr_t)frames[i],
                          memory_order_relaxed);
}

void *malloc(size_t size) {
  count(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  count(size);
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  count(size);
  *result = __libc_memalign(alignment, size);
  return *result == NULL ? ENOMEM : 0;
}
