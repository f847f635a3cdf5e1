#include "tools/nightshift/face.h"

#include <stdlib.h>

/* Every command. A newcomer reads this table and knows what can be done. */

#define NEEDS_LIST (NEEDS_SERVICE | NEEDS_PAGE)
#define NEEDS_LINK (NEEDS_SERVICE | NEEDS_SPEED)
#define NEEDS_AT_TIMES (NEEDS_SERVICE | NEEDS_LATER)
#define C(name) name##_command
#define O(name) name##_options

/* clang-format off */
static const struct command commands[] = {
    /* noun        verb             words                 rows                     needs           run                      summary, about */
    { "dev",       NULL,            "",                   O(dev),                  NEEDS_JSON,     C(dev),                  "start a service on this machine, with everything it needs",
      "Makes keys, a test CA, an admin token and a family called demo, starts the service beside this program and runs it until Ctrl-C. A folder that is there already is used again." },
    { "init",      NULL,            "",                   O(init),                 NEEDS_JSON,     C(init),                 "make the folder of a production service",
      "Makes the root, targets and online keys, the first root.json, a server certificate unless one is given, and one admin whose token is printed once. Refuses a folder with anything in it." },
    { "store",     "check",         "DIR",                O(store_check),          NEEDS_JSON,     C(store_check),          "verify what rests in a service's folder", NULL },

    { "package",   "build",         "DIR",                O(package_build),        NEEDS_JSON,     C(package_build),        "make a package from build output",
      "The same input gives the same bytes." },
    { "package",   "inspect",       "FILE",               O(package_inspect),      NEEDS_JSON,     C(package_inspect),      "read a package's manifest", NULL },
    { "package",   "verify",        "FILE",               O(package_verify),       NEEDS_JSON,     C(package_verify),       "check every byte of a package against its manifest", NULL },

    { "key",       "make",          "FILE",               O(key_make),             NEEDS_JSON,     C(key_make),             "make an engineer's signing key",
      "Writes FILE (0600) with the secret and FILE.pub with what may be shown to anyone." },
    { "key",       "show",          "FILE",               O(key_show),             NEEDS_JSON,     C(key_show),             "a key's name, id and public half", NULL },
    { "key",       "sign",          "FILE TO-SIGN",       O(key_sign),             NEEDS_JSON,     C(key_sign),             "sign bytes on a machine without a network",
      "TO-SIGN comes from `release to-sign`; the JSON that is printed goes to `release hand-in`." },

    { "upload",    "send",          "FILE",               O(upload_send),          NEEDS_LINK,     C(upload_send),          "upload a file; go on where a cut one stopped",
      "Prints the upload's id. Cut off or killed, the same command goes on at the byte where the service stopped receiving." },
    { "upload",    "drop",          "FILE",               O(upload_drop),          NEEDS_SERVICE,  C(upload_drop),          "forget an unfinished upload, here and there", NULL },

    { "release",   "add",           "FILE",               O(release_add),          NEEDS_LINK,     C(release_add),          "upload a package and make it a release",
      "A package made by `package build` needs nothing else; for any other file say --family and --version. Cut off or killed, the same command goes on." },
    { "release",   "list",          "",                   O(release_list),         NEEDS_LIST,     C(release_list),         "releases, newest first", NULL },
    { "release",   "show",          "ID",                 O(release_show),         NEEDS_SERVICE,  C(release_show),         "one release, its components and signatures", NULL },
    { "release",   "to-sign",       "ID",                 O(release_to_sign),      NEEDS_SERVICE,  C(release_to_sign),      "fetch the bytes to sign, for a machine without a network", NULL },
    { "release",   "sign",          "ID",                 O(release_sign),         NEEDS_SERVICE,  C(release_sign),         "say what would be signed, sign it, hand it in", NULL },
    { "release",   "hand-in",       "ID SIGNATURE-FILE",  O(release_hand_in),      NEEDS_SERVICE,  C(release_hand_in),      "hand in a signature made by `key sign`", NULL },
    { "release",   "publish",       "ID",                 O(release_publish),      NEEDS_SERVICE,  C(release_publish),      "put a signed release where devices can trust it", NULL },
    { "release",   "withdraw",      "ID",                 O(release_withdraw),     NEEDS_SERVICE,  C(release_withdraw),     "offer it to nobody any more", NULL },
    { "release",   "sbom",          "ID",                 O(release_sbom),         NEEDS_SERVICE,  C(release_sbom),         "its list of ingredients (CycloneDX)", NULL },

    { "trust",     "status",        "",                   O(trust_status),         NEEDS_SERVICE,  C(trust_status),         "who holds which role, and what waits for signatures", NULL },
    { "trust",     "stage",         "ROLE",               O(trust_stage),          NEEDS_SERVICE,  C(trust_stage),          "make the next root or targets ready to be signed",
      "ROLE is root or targets. Keys change by a root. A root that takes targets away from the service is published together with a targets that the new people have signed: stage both, sign both, publish once." },
    { "trust",     "show",          "ROLE",               O(trust_show),           NEEDS_SERVICE,  C(trust_show),           "what would change, and the bytes to sign", NULL },
    { "trust",     "sign",          "KEY-FILE TO-SIGN",   O(trust_sign),           NEEDS_NOTHING,  C(trust_sign),           "sign it on a machine without a network", NULL },
    { "trust",     "submit",        "ROLE SIGNATURE-FILE", O(trust_submit),        NEEDS_SERVICE,  C(trust_submit),         "hand in a signature made by `trust sign`", NULL },
    { "trust",     "publish",       "",                   O(trust_publish),        NEEDS_SERVICE,  C(trust_publish),        "put in force what has its signatures", NULL },
    { "trust",     "drop",          "ROLE",               O(trust_drop),           NEEDS_SERVICE,  C(trust_drop),           "forget what waits for signatures", NULL },

    { "rollout",   "make",          "",                   O(rollout_make),         NEEDS_SERVICE,  C(rollout_make),         "plan how a release reaches devices",
      "Stages are taken in the order given: a number of devices (12), a share (10%), those with a tag (tag:lab); all others come last by themselves. Without a selection every device of the release's family is meant." },
    { "rollout",   "terms",         "",                   O(rollout_terms),        NEEDS_JSON,     C(rollout_terms),        "what --term of `rollout make` can ask", NULL },
    { "rollout",   "list",          "",                   O(rollout_list),         NEEDS_LIST,     C(rollout_list),         "rollouts, newest first", NULL },
    { "rollout",   "show",          "ID",                 O(rollout_show),         NEEDS_SERVICE,  C(rollout_show),         "one rollout, stage by stage", NULL },
    { "rollout",   "watch",         "ID",                 O(rollout_watch),        NEEDS_SERVICE,  C(rollout_watch),        "follow a rollout until it ends",
      "Exit code 0 when it finished, 1 when it was halted or aborted." },
    { "rollout",   "devices",       "ID",                 O(rollout_devices),      NEEDS_LIST,     C(rollout_devices),      "who acted, and how it stands", NULL },
    { "rollout",   "why",           "ID",                 O(rollout_why),          NEEDS_SERVICE,  C(rollout_why),          "its fleet by what is in the way", NULL },
    { "rollout",   "start",         "ID",                 O(rollout_start),        NEEDS_SERVICE,  C(rollout_start),        "offer the first stage", NULL },
    { "rollout",   "pause",         "ID",                 O(rollout_pause),        NEEDS_SERVICE,  C(rollout_pause),        "stop offering; what was offered stands", NULL },
    { "rollout",   "resume",        "ID",                 O(rollout_resume),       NEEDS_SERVICE,  C(rollout_resume),       "offer again", NULL },
    { "rollout",   "advance",       "ID",                 O(rollout_advance),      NEEDS_SERVICE,  C(rollout_advance),      "open the next stage, where a person's yes is asked for",
      "A rollout with the term `approved` waits for it once the gate of the open stage is passed; `rollout why` says so." },
    { "rollout",   "retry",         "ID",                 O(rollout_retry),        NEEDS_SERVICE,  C(rollout_retry),        "offer it again to those that failed",
      "What passes by, such as a cut download, is tried again by itself. A device gets at most ten tries of one rollout." },
    { "rollout",   "back",          "ID",                 O(rollout_back),         NEEDS_SERVICE,  C(rollout_back),         "take a halted one back: what ran before",
      "A few devices first, then the rest; tonight, in the same hours, unless --urgent says why not." },
    { "rollout",   "abort",         "ID",                 O(rollout_abort),        NEEDS_SERVICE,  C(rollout_abort),        "stop for good and call back what was offered", NULL },

    { "family",    "list",          "",                   O(family_list),          NEEDS_LIST,     C(family_list),          "product lines", NULL },
    { "family",    "show",          "FAMILY",             O(family_show),          NEEDS_SERVICE,  C(family_show),          "models, threshold and engineers' keys", NULL },
    { "family",    "add",           "FAMILY",             O(family_add),           NEEDS_SERVICE,  C(family_add),           "a new product line", NULL },
    { "family",    "key-add",       "FAMILY KEY-FILE",    O(family_key_add),       NEEDS_SERVICE,  C(family_key_add),       "let a key sign for a family",
      "KEY-FILE may be the secret file or the .pub beside it; only the public half is sent." },
    { "family",    "key-revoke",    "FAMILY KEYID",       O(family_key_revoke),    NEEDS_SERVICE,  C(family_key_revoke),    "let it sign no more", NULL },

    { "device",    "list",          "",                   O(device_list),          NEEDS_LIST,     C(device_list),          "the fleet, filtered", NULL },
    { "device",    "show",          "DEVICE",             O(device_show),          NEEDS_SERVICE,  C(device_show),          "one device: what it runs, what it is doing", NULL },
    { "device",    "why",           "DEVICE",             O(device_why),           NEEDS_SERVICE,  C(device_why),           "what stands between it and its release",
      "In the order in which the service asks, from the same questions that make the offer; and until when, as far as that is known." },
    { "device",    "add",           "DEVICE",             O(device_add),           NEEDS_SERVICE,  C(device_add),           "a device known beforehand; its token is shown once", NULL },
    { "device",    "patch",         "DEVICE",             O(device_patch),         NEEDS_SERVICE,  C(device_patch),         "change site, customer, tags or quirk", NULL },
    { "device",    "approve",       "DEVICE",             O(device_approve),       NEEDS_SERVICE,  C(device_approve),       "let a waiting device in", NULL },
    { "device",    "retire",        "DEVICE",             O(device_retire),        NEEDS_SERVICE,  C(device_retire),        "its token stops working", NULL },
    { "device",    "history",       "DEVICE",             O(device_history),       NEEDS_LIST,     C(device_history),       "its actions and what it said", NULL },
    { "device",    "assign",        "DEVICE",             O(device_assign),        NEEDS_SERVICE,  C(device_assign),        "one release to one device", NULL },
    { "device",    "token",         "DEVICE",             O(device_token),         NEEDS_SERVICE,  C(device_token),         "a new token, shown once", NULL },
    { "device",    "ask",           "DEVICE",             O(device_ask),           NEEDS_SERVICE,  C(device_ask),           "ask for its attributes again", NULL },
    { "device",    "join",          "NEW",                O(device_join),        NEEDS_SERVICE,  C(device_join),          "a repaired machine takes over its history",
      "For a swapped board: NEW keeps its identity and gets the former one's backups, customer and site; the former one is retired." },
    { "action",    "show",          "ID",                 O(action_show),          NEEDS_SERVICE,  C(action_show),          "one device's piece of a rollout", NULL },
    { "action",    "entries",       "ID",                 O(action_entries),       NEEDS_LIST,     C(action_entries),       "what the device said, newest first", NULL },
    { "action",    "cancel",        "ID",                 O(action_cancel),        NEEDS_SERVICE,  C(action_cancel),        "call it back", NULL },

    { "backup",    "list",          "",                   O(backup_list),        NEEDS_LIST,     C(backup_list),          "backups, newest first", NULL },
    { "backup",    "show",          "ID",                 O(backup_show),        NEEDS_SERVICE,  C(backup_show),          "one backup: of what, for whom it is sealed, what keeps it", NULL },
    { "backup",    "request",       "DEVICE",             O(backup_request),     NEEDS_SERVICE,  C(backup_request),       "ask a device for a backup", NULL },
    { "backup",    "fetch",         "ID",                 O(backup_fetch),       NEEDS_LINK,     C(backup_fetch),         "fetch the sealed file; go on where a cut one stopped", NULL },
    { "backup",    "open",          "BACKUP",             O(backup_open),        NEEDS_AT_TIMES, C(backup_open),          "open a sealed backup with an identity",
      "BACKUP is an ID or a file. The settings go through memory only, unless --out says where to." },
    { "backup",    "diff",          "A B",                O(backup_diff),        NEEDS_AT_TIMES, C(backup_diff),          "what changed between two backups; secrets are masked",
      "Each is an ID or a file. The service compares where it may; with --identity, or where the customer has the key, both are opened here." },
    { "backup",    "hold",          "ID",                 O(backup_hold),        NEEDS_SERVICE,  C(backup_hold),          "keep it whatever the rules say", NULL },
    { "backup",    "release",       "ID",                 O(backup_release),     NEEDS_SERVICE,  C(backup_release),       "let the rules decide again", NULL },
    { "backup",    "drop",          "ID",                 O(backup_drop),        NEEDS_SERVICE,  C(backup_drop),          "destroy its keys: nobody can open it any more", NULL },
    { "backup",    "prune",         "",                   O(backup_prune),       NEEDS_SERVICE,  C(backup_prune),         "drop now what the rules do not keep", NULL },
    { "backup",    "rules",         "",                   O(backup_rules),       NEEDS_LIST,     C(backup_rules),         "what is kept, how long, and what a restore needs", NULL },
    { "backup",    "rule",          "",                   O(backup_rule),        NEEDS_SERVICE,  C(backup_rule),          "change a customer's rule, or everybody's",
      "What is not given stays as it is. Backups that are locked already stay locked as long." },
    { "backup",    "key",           "VERB FILE",          O(backup_key),         NEEDS_JSON,     C(backup_key),           "make or show an identity that opens backups",
      "`backup key make FILE` writes FILE (0600) with the secret and prints its recipient; `backup key show FILE` prints it again. FILE is what age-keygen writes." },
    { "backup",    "custody",       "",                   O(backup_custody),     NEEDS_SERVICE,  C(backup_custody),       "who opens the backups: the service or the customer", NULL },
    { "backup",    "move",          "CUSTODY",            O(backup_move),        NEEDS_SERVICE,  C(backup_move),          "move the key to the service or to the customer",
      "CUSTODY is service or customer. Only headers are wrapped anew, never what is sealed. Out of the customer's custody they are wrapped here, with --identity; interrupted, the same command goes on." },
    { "backup",    "drill",         "DIR",                O(backup_drill),       NEEDS_JSON,     C(backup_drill),         "open backups from a cold copy and report on it",
      "DIR is a copy of a service's folder. Says ok of nothing that it did not open." },

    { "restore",   "plan",          "BACKUP",             O(restore_plan),       NEEDS_SERVICE,  C(restore_plan),         "what would come across to a device, item by item",
      "Nothing is sent. Where the customer has the key the plan is made here, with --identity." },
    { "restore",   "list",          "",                   O(restore_list),       NEEDS_LIST,     C(restore_list),         "restores, newest first", NULL },
    { "restore",   "show",          "ID",                 O(restore_show),       NEEDS_SERVICE,  C(restore_show),         "one restore: its plan, who agreed, what came of it", NULL },
    { "restore",   "approve",       "ID",                 O(restore_approve),    NEEDS_SERVICE,  C(restore_approve),      "a second person agrees to the plan", NULL },
    { "restore",   "consent",       "ID",                 O(restore_consent),    NEEDS_SERVICE,  C(restore_consent),      "note that the customer agrees", NULL },
    { "restore",   "start",         "ID",                 O(restore_start),      NEEDS_SERVICE,  C(restore_start),        "offer it to the device, once",
      "Refused when anything changed since the plan. Where the customer has the key it is sealed here for the device alone, with --identity." },
    { "restore",   "watch",         "ID",                 O(restore_watch),      NEEDS_SERVICE,  C(restore_watch),        "follow a restore until it ends",
      "Exit code 0 when it is done, 1 when it failed, expired or was cancelled." },
    { "restore",   "compare",       "ID",                 O(restore_compare),    NEEDS_SERVICE,  C(restore_compare),      "does the device have what was sent?",
      "Exit code 1 when something differs." },
    { "restore",   "cancel",        "ID",                 O(restore_cancel),     NEEDS_SERVICE,  C(restore_cancel),       "end it before the device has taken it", NULL },

    { "claim",     "make",          "",                   O(claim_make),           NEEDS_SERVICE,  C(claim_make),           "one-time codes that let devices enrol", NULL },
    { "claim",     "list",          "",                   O(claim_list),           NEEDS_LIST,     C(claim_list),           "who was given codes, and which are used; the codes are not kept", NULL },
    { "site",      "list",          "",                   O(site_list),            NEEDS_LIST,     C(site_list),            "places, their zones and windows", NULL },
    { "site",      "show",          "SITE",               O(site_show),            NEEDS_SERVICE,  C(site_show),            "one place", NULL },
    { "site",      "put",           "SITE",               O(site_put),             NEEDS_SERVICE,  C(site_put),             "make or change a place",
      "The window is local time at the site: from 22:00 to 05:00 goes over midnight, and the days are those it starts on." },

    { "calendar",  "put",           "NAME FILE",          O(calendar_put),         NEEDS_SERVICE,  C(calendar_put),         "import holidays from an .ics file",
      "Windows of the sites that name it do not start on its days. Putting it again replaces it." },
    { "calendar",  "list",          "",                   O(calendar_list),        NEEDS_LIST,     C(calendar_list),        "holiday calendars", NULL },
    { "calendar",  "drop",          "NAME",               O(calendar_drop),        NEEDS_SERVICE,  C(calendar_drop),        "remove one that no site names", NULL },
    { "blackout",  "add",           "",                   O(blackout_add),         NEEDS_SERVICE,  C(blackout_add),         "dates on which nobody is touched", NULL },
    { "blackout",  "list",          "",                   O(blackout_list),        NEEDS_LIST,     C(blackout_list),        "blackout dates", NULL },
    { "blackout",  "drop",          "ID",                 O(blackout_drop),        NEEDS_SERVICE,  C(blackout_drop),        "take one back", NULL },
    { "hold",      "add",           "WHAT",               O(hold_add),             NEEDS_SERVICE,  C(hold_add),             "keep releases from devices until then",
      "WHAT is all, customer:NAME, site:NAME, family:NAME, release:ID or device:ID. Nothing new is offered there, and what was offered and has not begun waits; what flashes finishes." },
    { "hold",      "list",          "",                   O(hold_list),            NEEDS_LIST,     C(hold_list),            "who said \"not now\", newest first", NULL },
    { "hold",      "lift",          "ID",                 O(hold_lift),            NEEDS_SERVICE,  C(hold_lift),            "end one before its time", NULL },

    { "fleet",     "summary",       "",                   O(fleet_summary),        NEEDS_SERVICE,  C(fleet_summary),        "the fleet in figures", NULL },
    { "tenant",    "show",          "",                   O(tenant_show),          NEEDS_SERVICE,  C(tenant_show),          "the tenant's settings", NULL },
    { "tenant",    "patch",         "",                   O(tenant_patch),         NEEDS_SERVICE,  C(tenant_patch),         "change them", NULL },
    { "tenant",    "gateway-token", "",                   O(tenant_gateway_token), NEEDS_SERVICE,  C(tenant_gateway_token), "a new gateway token, shown once", NULL },
    { "operator",  "list",          "",                   O(operator_list),        NEEDS_LIST,     C(operator_list),        "people and pipelines", NULL },
    { "operator",  "add",           "NAME",               O(operator_add),         NEEDS_SERVICE,  C(operator_add),         "a new one; its token is shown once", NULL },
    { "operator",  "revoke",        "NAME",               O(operator_revoke),      NEEDS_SERVICE,  C(operator_revoke),      "its token stops working", NULL },
    { "audit",     "list",          "",                   O(audit_list),           NEEDS_LIST,     C(audit_list),           "who did what, newest first", NULL },
    { "audit",     "export",        "",                   O(audit_export),         NEEDS_SERVICE,  C(audit_export),         "all of it with its digests and checkpoints, as JSON lines", NULL },
    { "audit",     "verify",        "[FILE]",             O(audit_verify),         NEEDS_AT_TIMES, C(audit_verify),         "is the audit log whole and unchanged?",
      "Reads an export, or asks the service. Names the first record that was edited, taken out or moved; a log cut at its end or written anew is found by its signed checkpoints and by anchors kept elsewhere." },
    { "audit",     "reconcile",     "DEVICE-LOG SERVICE-LOG", O(audit_reconcile), NEEDS_JSON,     C(audit_reconcile),      "hold a device's own log against the service's",
      "DEVICE-LOG is what nightshift-agent --connection-log keeps, SERVICE-LOG what a service with log_devices logs. Names each request that only one of the two has; exit code 1 when there is any." },
    { "whoami",    NULL,            "",                   O(whoami),               NEEDS_SERVICE,  C(whoami),               "name, role and tenant of the token", NULL },

    { "completion","bash",          "",                   O(completion_bash),      NEEDS_NOTHING,  C(completion_bash),      "completion for bash",
      "Put it to use with: source <(nightshift completion bash)" },
    { "manual",    NULL,            "",                   O(manual),               NEEDS_NOTHING,  C(manual),               "this manual page, as roff",
      "Read it with: nightshift manual | man -l -" },
    { NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL },
};
/* clang-format on */

int main(int argc, char **argv)
{
    return face_main(commands, argc, argv);
}
