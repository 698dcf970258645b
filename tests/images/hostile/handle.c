// What a program can reach of the host by open_by_handle_at: it asks for the root directory of the file system that a
// directory lies on, which is outside of every container. Whoever has CAP_DAC_READ_SEARCH gets an answer (the directory,
// or that the handle is stale), everybody else EPERM.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *reach(const char *directory) {
    // Inode 2, generation 0: the root of an ext4 file system.
    struct {
        unsigned bytes;
        int type;
        unsigned inode, generation;
    } handle = {8, 1, 2, 0};
    int mount = open(directory, O_RDONLY | O_DIRECTORY);
    if (mount < 0)
        return "unread";
    int fd = syscall(SYS_open_by_handle_at, mount, &handle, O_RDONLY);
    const char *found = fd >= 0 ? "reached" : errno == EPERM ? "EPERM" : errno == ESTALE ? "stale" : strerror(errno);
    if (fd >= 0)
        close(fd);
    close(mount);
    return found;
}

// The network interfaces beside the loopback.
static int interfaces(void) {
    char line[512];
    int count = 0;
    FILE *file = fopen("/proc/net/dev", "r");
    while (file && fgets(line, sizeof line, file))
        count += strchr(line, ':') && !strstr(line, "lo:");
    if (file)
        fclose(file);
    return count;
}

// Writes what `name` found into the directory, which must be a mount of the test's.
static int note(const char *directory, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/handle-%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file)
        return 1;
    fprintf(file, "%s by uid %d, interfaces %d\n", reach(directory), geteuid(), interfaces());
    fclose(file);
    return 0;
}

#ifdef PRELOAD
__attribute__((constructor)) static void loaded(void) { note("/data", "preload"); }
#else
static void show(const char *directory) {
    DIR *list = opendir(directory);
    struct dirent *entry;
    while (list && (entry = readdir(list))) {
        char path[4096], line[256];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        FILE *file = strncmp(entry->d_name, "handle-", 7) ? NULL : fopen(path, "r");
        if (file && fgets(line, sizeof line, file))
            printf("%s: %s", entry->d_name, line);
        if (file)
            fclose(file);
    }
}

// `serve DIRECTORY` writes into it and stays, `--show DIRECTORY` prints what was written; by any other name every
// directory among the arguments is tried.
int main(int count, char **words) {
    const char *slash = strrchr(words[0], '/');
    const char *name = slash ? slash + 1 : words[0];
    int failed = 0;
    if (count > 2 && !strcmp(words[1], "--show")) {
        show(words[2]);
        return 0;
    }
    for (int i = 1; i < count; i++) {
        struct stat found;
        if (words[i][0] == '/' && !stat(words[i], &found) && S_ISDIR(found.st_mode)) {
            failed |= note(words[i], name);
            printf("%s\n", reach(words[i]));
        }
    }
    if (!strcmp(name, "serve") && !failed)
        for (;;)
            pause();
    return failed;
}
#endif
