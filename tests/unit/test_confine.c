/* A process asks for what it must not have, under each profile, and is refused each time. Prints the table. */
#include "base/confine.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "support/forbidden.h"

#define UNCONFINED CONFINE__MAX
#define SAID_MAX 64

static bool confine_self(const struct place *place, enum confine_profile profile, struct err *err)
{
    const struct confine_path paths[] = {{place->own, true}};
    struct confine confine = {.profile = profile,
                              .wish = CONFINE_ON,
                              .paths = paths,
                              .path_count = profile == CONFINE_PARSER ? 0 : COUNT(paths)};

    return confine_begin(&confine, err) && confine_calls(&confine, err);
}

/* In a process of its own: its exit code is errno, or a signal ends it. */
static int asked(const struct place *place, const struct attempt *attempt, int profile, char *out)
{
    struct err err = {0};
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        if (profile != UNCONFINED && !confine_self(place, (enum confine_profile)profile, &err))
            _exit(255);
        _exit(attempt->ask(place));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        snprintf(out, SAID_MAX, "killed");
    else
        snprintf(out, SAID_MAX, "%s",
                 WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) ?: "odd" : "done");
    return WIFSIGNALED(status) ? -1 : WEXITSTATUS(status);
}

static int present(void)
{
    int abi = confine_landlock_abi();

    return ALWAYS | (abi >= 1 ? PATHS : 0) | (abi >= 4 ? PORTS : 0) | (abi >= 6 ? SCOPES : 0) |
           (confine_has_calls() ? CALLS : 0);
}

static bool is_skipped(const struct attempt *attempt, int profile)
{
    if (IS_SANITIZED && (attempt->by & UNSANITIZED))
        return true;
    return !attempt->may[profile] && !(attempt->by & present());
}

static const char *one(const struct place *place, const struct attempt *attempt, int profile, char *out,
                       int *bad)
{
    int answer = asked(place, attempt, profile, out);

    if (profile == UNCONFINED)
        return out;
    if (is_skipped(attempt, profile)) {
        *bad += 1000;
        return "skipped";
    }
    if ((answer == 0) == attempt->may[profile] && answer != 255)
        return out;
    *bad += 1;
    return strcat(out, " (WRONG)");
}

UNIT(what_a_profile_lacks_is_refused_and_what_it_needs_is_there)
{
    char said_by[CONFINE__MAX + 1][SAID_MAX];
    const char *shown[CONFINE__MAX + 1];
    struct place place = {0};
    struct rlimit core;
    int bad = 0;

    place_make(unit, &place);
    log_start(LOG_ERROR, STDERR_FILENO);
    if (getrlimit(RLIMIT_CORE, &core) == 0)
        setrlimit(RLIMIT_CORE, &(struct rlimit){core.rlim_max, core.rlim_max});
    printf("Landlock ABI %d, seccomp %s%s\n%-28s%-18s%-18s%-18s%s\n", confine_landlock_abi(),
           confine_has_calls() ? "yes" : "no", IS_SANITIZED ? ", sanitized" : "", "asked for", "service",
           "signer", "parser", "unconfined");
    for (size_t i = 0; i < attempt_count; i++) {
        for (int profile = 0; profile <= CONFINE__MAX; profile++)
            shown[profile] = one(&place, &attempts[i], profile, said_by[profile], &bad);
        printf("%-28s%-18s%-18s%-18s%s\n", attempts[i].what, shown[0], shown[1], shown[2], shown[3]);
    }
    place_drop(&place);
    if (bad >= 1000)
        printf("skipped: %d answers, this kernel or build lacks what would refuse\n", bad / 1000);
    assert_int_equal(bad % 1000, 0);
}

UNIT(a_wish_is_one_of_three_words)
{
    enum confine_wish wish;

    MUST(confine_wish_read("require", &wish, &unit->err));
    assert_int_equal(wish, CONFINE_REQUIRE);
    REFUSES(ERR_INVALID, confine_wish_read("yes", &wish, &unit->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_a_profile_lacks_is_refused_and_what_it_needs_is_there),
        UNIT_TEST(a_wish_is_one_of_three_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
