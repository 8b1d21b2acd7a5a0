/* mark.h - what every module here shares: plugin.toml of the build folder as its note, and a constructor that creates
 * the file named by STN_TEST_MARK, so that a test sees whether any code of the module ran. */
#ifndef STN_TESTS_ABI_MARK_H
#define STN_TESTS_ABI_MARK_H

#include <stdio.h>
#include <stdlib.h>

#ifndef WITHOUT_MANIFEST
__asm__(
    ".pushsection .note.stn.plugin,\"a\",@note\n"
    ".balign 4\n.long 4, 2f - 1f, 1\n.asciz \"STN\"\n"
    "1: .incbin \"plugin.toml\"\n2: .balign 4\n.popsection\n");
#endif

__attribute__((constructor)) static void leave_mark(void) {
  const char *path = getenv("STN_TEST_MARK");
  FILE *mark = path != NULL ? fopen(path, "a") : NULL;
  if (mark != NULL) fclose(mark);
}

#endif /* STN_TESTS_ABI_MARK_H */
