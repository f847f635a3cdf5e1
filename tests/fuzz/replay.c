/* Runs a fuzz target over every file of the folders named: what was once found stays found, in every ctest.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

#define FILE_MAX_BYTES (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes in a block of exactly their size, so that a sanitizer sees one step too far. */
static void run_exact(struct span bytes)
{
    uint8_t *data = malloc(bytes.size ? bytes.size : 1);

    if (!data)
        abort();
    memcpy(data, bytes.at, bytes.size);
    LLVMFuzzerTestOneInput(data, bytes.size);
    free(data);
}

static bool run_file(const char *path, struct err *err)
{
    struct arena *arena = arena_new();
    struct span bytes;
    bool is_read = file_read(arena, path, FILE_MAX_BYTES, &bytes, err);

    if (is_read)
        run_exact(bytes);
    arena_freep(&arena);
    return is_read;
}

static bool run_folder(const char *path, int *count, struct err *err)
{
    DIR *folder = opendir(path);
    bool is_fine = true;
    char name[4096];

    if (!folder)
        return FAIL_ERRNO(err, path);
    for (struct dirent *entry; is_fine && (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        is_fine = run_file(name, err);
        *count += 1;
    }
    closedir(folder);
    return is_fine;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    int count = 0;

    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') /* an option of the fuzzer's own main() */
            continue;
        if (!run_folder(argv[i], &count, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
    }
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
