/* Usage: suexec HELPER PROGRAM [ARG...]
 * Installed setuid root. Runs HELPER as root where the set-user-ID bit is honoured (no-new-privileges: it is
 * not), waits for it, then becomes the caller again and executes PROGRAM. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
    fprintf(stderr, "suexec: fatal: %s: %s\n", what, strerror(errno));
    exit(100);
}

int main(int argc, char **argv) {
    uid_t uid = getuid();
    gid_t gid = getgid();
    char uid_text[16], gid_text[16];
    int status;

    if (argc < 3)
        return 100;
    if (getpid() != 1) {
        fprintf(stderr, "suexec: fatal: can only run as pid 1\n");
        return 100;
    }
    snprintf(uid_text, sizeof uid_text, "%u", uid);
    snprintf(gid_text, sizeof gid_text, "%u", gid);

    pid_t child = fork();
    if (child < 0)
        die("unable to fork");
    if (child == 0) {
        if (geteuid() == 0 && uid != 0) {
            if (setresgid(0, 0, 0) < 0)
                die("unable to setgid to root");
            if (setresuid(0, 0, 0) < 0)
                die("unable to setuid to root");
        }
        execl(argv[1], argv[1], uid_text, gid_text, (char *)NULL);
        die("unable to execute the helper");
    }
    if (waitpid(child, &status, 0) < 0)
        die("unable to wait for the helper");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
    if (setresuid(uid, uid, uid) < 0)
        die("unable to drop root");
    execv(argv[2], argv + 2);
    die("unable to execute the program");
}
