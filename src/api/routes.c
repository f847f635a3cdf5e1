#include "api/api.h"
#include "api/handlers.h"

/* Every door of the service. A newcomer reads this table and knows what can be asked. */

/* clang-format off */
#define T "/{tenant}/controller/v1/{id}"
#define M T "/softwaremodules/{module}/artifacts"

const struct route routes[] = {
    /* method    path                                         who            face           body         handler                  summary */
    /* ---- devices: hawkBit DDI v1 (tried first; the poll is the busiest door) ---- */
    { "GET",    T,                                            WHO_DEVICE,    FACE_DDI,      0,           ddi_root_get,            "anything for me?", NULL },
    { "GET",    T "/deploymentBase/{action}",                 WHO_DEVICE,    FACE_DDI,      0,           ddi_deployment_get,      "what to download and install", NULL },
    { "POST",   T "/deploymentBase/{action}/feedback",        WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_deployment_feedback, "how it goes", NULL },
    { "GET",    T "/cancelAction/{action}",                   WHO_DEVICE,    FACE_DDI,      0,           ddi_cancel_get,          "what to stop", NULL },
    { "POST",   T "/cancelAction/{action}/feedback",          WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_cancel_feedback,     "stopped, or too late", NULL },
    { "PUT",    T "/configData",                              WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_config_put,          "my attributes", NULL },
    { "GET",    T "/installedBase/{action}",                  WHO_DEVICE,    FACE_DDI,      0,           ddi_installed_get,       "what I was given last", NULL },
    { "PUT",    T "/installedBase",                           WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_installed_put,       "what runs on me", NULL },
    { "GET",    T "/confirmationBase",                        WHO_DEVICE,    FACE_DDI,      0,           ddi_confirm_base,        "is a yes wanted?", NULL },
    { "GET",    T "/confirmationBase/{action}",               WHO_DEVICE,    FACE_DDI,      0,           ddi_confirm_get,         "what it would be", NULL },
    { "POST",   T "/confirmationBase/{action}/feedback",      WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_confirm_feedback,    "yes or no", NULL },
    { "POST",   T "/confirmationBase/activateAutoConfirm",    WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_confirm_auto_on,     "always yes", NULL },
    { "POST",   T "/confirmationBase/deactivateAutoConfirm",  WHO_DEVICE,    FACE_DDI,      BODY_SMALL,  ddi_confirm_auto_off,    "ask again", NULL },
    { "GET",    M,                                            WHO_DEVICE,    FACE_DDI,      0,           ddi_artifact_list,       "files of a module", NULL },
    { "GET",    M "/{file}",                                  WHO_DEVICE,    FACE_BYTES,    0,           ddi_artifact_get,        "the file, with ranges; .MD5SUM beside it", NULL },
    { "POST",   T "/restores/{restore}/redeem",               WHO_DEVICE,    FACE_OPERATOR, BODY_SMALL,  dev_restore_redeem,      "take a restore, once", NULL },
    { "GET",    T "/restores/{restore}/settings.age",         WHO_DEVICE,    FACE_BYTES,    0,           dev_restore_file,        "its sealed settings, with ranges", NULL },
    { "PUT",    T "/restores/{restore}/result",               WHO_DEVICE,    FACE_OPERATOR, BODY_SMALL,  dev_restore_result,      "how each category went", NULL },
    { "POST",   T "/enrol",                                   WHO_ANYONE,    FACE_OPERATOR, BODY_SMALL,  dev_enrol,               "first contact, with a claim code", NULL },

    /* ---- TUF image repository: anyone with a root.json ---- */
    { "GET",    "/{tenant}/tuf/image/metadata/{file}",        WHO_ANYONE,    FACE_BYTES,    0,           tuf_metadata_get,        "signed metadata", NULL },
    { "GET",    "/{tenant}/tuf/image/targets/{family}/{version}/{file}", WHO_ANYONE, FACE_BYTES, 0,      tuf_target_get,          "HASH.name, with ranges", NULL },

    /* ---- the service about itself ---- */
    { "GET",    "/healthz",                                   WHO_ANYONE,    FACE_WEB,      0,           web_health,              "alive", NULL },
    { "GET",    "/readyz",                                    WHO_ANYONE,    FACE_WEB,      0,           web_ready,               "able to write", NULL },
    { "GET",    "/metrics",                                   WHO_ANYONE,    FACE_WEB,      0,           web_metrics,             "Prometheus text", NULL },
    { "GET",    "/",                                          WHO_ANYONE,    FACE_WEB,      0,           web_page,                "the web page", NULL },
    { "GET",    "/assets/{file}",                             WHO_ANYONE,    FACE_WEB,      0,           web_asset,               "its parts", NULL },
    { "GET",    "/api/v1/openapi.json",                       WHO_ANYONE,    FACE_OPERATOR, 0,           web_openapi,             "this table, described", NULL },

    /* ---- operators ---- */
    { "POST",   "/api/v1/session",                            WHO_ANYONE,    FACE_OPERATOR, BODY_SMALL,  op_session_open,         "sign in: token -> cookie for reading", NULL },
    { "DELETE", "/api/v1/session",                            WHO_ANYONE,    FACE_OPERATOR, 0,           op_session_close,        "sign out", NULL },
    { "GET",    "/api/v1/whoami",                             WHO_READER,    FACE_OPERATOR, 0,           op_whoami,               "name, role, tenant", NULL },
    { "GET",    "/api/v1/tenant",                             WHO_READER,    FACE_OPERATOR, 0,           op_tenant_get,           "the tenant's settings", NULL },
    { "PATCH",  "/api/v1/tenant",                             WHO_ADMIN,     FACE_OPERATOR, BODY_SMALL,  op_tenant_patch,         "change them", NULL },
    { "POST",   "/api/v1/tenant/gateway-token",               WHO_ADMIN,     FACE_OPERATOR, BODY_SMALL,  op_gateway_token_make,   "a new gateway token, shown once", NULL },
    { "GET",    "/api/v1/operators",                          WHO_ADMIN,     FACE_OPERATOR, 0,           op_operator_list,        "people and pipelines", NULL },
    { "POST",   "/api/v1/operators",                          WHO_ADMIN,     FACE_OPERATOR, BODY_SMALL,  op_operator_make,        "a new one; its token is shown once", NULL },
    { "DELETE", "/api/v1/operators/{name}",                   WHO_ADMIN,     FACE_OPERATOR, 0,           op_operator_revoke,      "its token stops working", NULL },
    { "GET",    "/api/v1/audit",                              WHO_ADMIN,     FACE_OPERATOR, 0,           op_audit_list,           "who did what", NULL },

    { "OPTIONS","/api/v1/uploads",                            WHO_ANYONE,    FACE_TUS,      0,           op_upload_options,       "tus: what we speak", NULL },
    { "POST",   "/api/v1/uploads",                            WHO_UPLOADER,  FACE_TUS,      BODY_SINK,   op_upload_make,          "tus: create", op_upload_make_sink },
    { "HEAD",   "/api/v1/uploads/{upload}",                   WHO_UPLOADER,  FACE_TUS,      0,           op_upload_head,          "tus: how far", NULL },
    { "PATCH",  "/api/v1/uploads/{upload}",                   WHO_UPLOADER,  FACE_TUS,      BODY_SINK,   op_upload_patch,         "tus: more bytes", op_upload_patch_sink },
    { "DELETE", "/api/v1/uploads/{upload}",                   WHO_UPLOADER,  FACE_TUS,      0,           op_upload_drop,          "tus: terminate", NULL },

    { "GET",    "/api/v1/families",                           WHO_READER,    FACE_OPERATOR, 0,           op_family_list,          "product lines", NULL },
    { "POST",   "/api/v1/families",                           WHO_ADMIN,     FACE_OPERATOR, BODY_SMALL,  op_family_make,          "a new one", NULL },
    { "GET",    "/api/v1/families/{family}",                  WHO_READER,    FACE_OPERATOR, 0,           op_family_get,           "models, threshold, keys", NULL },
    { "POST",   "/api/v1/families/{family}/keys",             WHO_ADMIN,     FACE_OPERATOR, BODY_SMALL,  op_family_key_add,       "register an engineer's key", NULL },
    { "DELETE", "/api/v1/families/{family}/keys/{keyid}",     WHO_ADMIN,     FACE_OPERATOR, 0,           op_family_key_revoke,    "revoke one", NULL },

    { "GET",    "/api/v1/releases",                           WHO_READER,    FACE_OPERATOR, 0,           op_release_list,         "releases, newest first", NULL },
    { "POST",   "/api/v1/releases",                           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_release_make,         "an upload becomes a release", NULL },
    { "GET",    "/api/v1/releases/{release}",                 WHO_READER,    FACE_OPERATOR, 0,           op_release_get,          "one release", NULL },
    { "GET",    "/api/v1/releases/{release}/to-sign",         WHO_READER,    FACE_OPERATOR, 0,           op_release_to_sign,      "the bytes engineers sign", NULL },
    { "GET",    "/api/v1/releases/{release}/sbom",            WHO_READER,    FACE_OPERATOR, 0,           op_release_sbom,         "its CycloneDX SBOM", NULL },
    { "POST",   "/api/v1/releases/{release}/signatures",      WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_release_sign,         "hand in a signature", NULL },
    { "POST",   "/api/v1/releases/{release}/publish",         WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_release_publish,      "into the TUF repository", NULL },
    { "POST",   "/api/v1/releases/{release}/withdraw",        WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_release_withdraw,     "offered to nobody any more", NULL },

    { "POST",   "/api/v1/claims",                             WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_claim_make,           "one-time enrolment codes", NULL },
    { "GET",    "/api/v1/claims",                             WHO_FIELD,     FACE_OPERATOR, 0,           op_claim_list,           "which are unused", NULL },
    { "GET",    "/api/v1/sites",                              WHO_READER,    FACE_OPERATOR, 0,           op_site_list,            "places, zones, windows", NULL },
    { "GET",    "/api/v1/sites/{site}",                       WHO_READER,    FACE_OPERATOR, 0,           op_site_get,             "one place", NULL },
    { "PUT",    "/api/v1/sites/{site}",                       WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_site_put,             "make or change one", NULL },

    { "GET",    "/api/v1/devices",                            WHO_READER,    FACE_OPERATOR, 0,           op_device_list,          "the fleet, filtered", NULL },
    { "POST",   "/api/v1/devices",                            WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_make,          "a device known beforehand; its token is shown once", NULL },
    { "GET",    "/api/v1/devices/{device}",                   WHO_READER,    FACE_OPERATOR, 0,           op_device_get,           "one device", NULL },
    { "PATCH",  "/api/v1/devices/{device}",                   WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_patch,         "site, tags, quirk", NULL },
    { "GET",    "/api/v1/devices/{device}/history",           WHO_READER,    FACE_OPERATOR, 0,           op_device_history,       "its actions and what it said", NULL },
    { "POST",   "/api/v1/devices/{device}/approve",           WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_approve,       "out of the approval queue", NULL },
    { "POST",   "/api/v1/devices/{device}/retire",            WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_retire,        "its token stops working", NULL },
    { "POST",   "/api/v1/devices/{device}/token",             WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_token,         "a new token, shown once", NULL },
    { "POST",   "/api/v1/devices/{device}/attributes",        WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_ask,           "ask for its attributes again", NULL },
    { "POST",   "/api/v1/devices/{device}/join",              WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_device_join,          "it is the repaired machine that another one was", NULL },
    { "POST",   "/api/v1/devices/{device}/actions",           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_device_assign,        "one release to one device", NULL },
    { "GET",    "/api/v1/actions/{action}",                   WHO_READER,    FACE_OPERATOR, 0,           op_action_get,           "one action", NULL },
    { "GET",    "/api/v1/actions/{action}/entries",           WHO_READER,    FACE_OPERATOR, 0,           op_action_entries,       "what the device said, newest first", NULL },
    { "POST",   "/api/v1/actions/{action}/cancel",            WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_action_cancel,        "call it back; force ends it", NULL },

    { "GET",    "/api/v1/restores",                           WHO_READER,    FACE_OPERATOR, 0,           op_restore_list,         "restores, newest first", NULL },
    { "POST",   "/api/v1/restores",                           WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_restore_make,         "plan one, before anything is sent", NULL },
    { "GET",    "/api/v1/restores/{restore}",                 WHO_READER,    FACE_OPERATOR, 0,           op_restore_get,          "one restore, with its plan", NULL },
    { "PUT",    "/api/v1/restores/{restore}/plan",            WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_restore_plan,         "customer custody: a plan made elsewhere", NULL },
    { "POST",   "/api/v1/restores/{restore}/approve",         WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_restore_approve,      "another person says yes", NULL },
    { "POST",   "/api/v1/restores/{restore}/consent",         WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_restore_consent,      "the customer says yes", NULL },
    { "POST",   "/api/v1/restores/{restore}/cancel",          WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_restore_cancel,       "call it off", NULL },
    { "POST",   "/api/v1/restores/{restore}/start",           WHO_FIELD,     FACE_OPERATOR, BODY_MEDIUM, op_restore_start,        "to the device, as planned or not at all", NULL },
    { "GET",    "/api/v1/restores/{restore}/compare",         WHO_FIELD,     FACE_OPERATOR, 0,           op_restore_compare,      "what was sent against what is there now", NULL },

    { "GET",    "/api/v1/rollouts",                           WHO_READER,    FACE_OPERATOR, 0,           op_rollout_list,         "rollouts, newest first", NULL },
    { "POST",   "/api/v1/rollouts",                           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_rollout_make,         "a draft", NULL },
    { "GET",    "/api/v1/rollouts/{rollout}",                 WHO_READER,    FACE_OPERATOR, 0,           op_rollout_get,          "one, with its stages", NULL },
    { "GET",    "/api/v1/rollouts/{rollout}/devices",         WHO_READER,    FACE_OPERATOR, 0,           op_rollout_devices,      "who acted, and how it stands", NULL },
    { "POST",   "/api/v1/rollouts/{rollout}/start",           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_rollout_start,        "offer it", NULL },
    { "POST",   "/api/v1/rollouts/{rollout}/pause",           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_rollout_pause,        "stop offering", NULL },
    { "POST",   "/api/v1/rollouts/{rollout}/resume",          WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_rollout_resume,       "offer again", NULL },
    { "POST",   "/api/v1/rollouts/{rollout}/retry",           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_rollout_retry,        "offer it again to those that failed", NULL },
    { "POST",   "/api/v1/rollouts/{rollout}/abort",           WHO_SHIPPER,   FACE_OPERATOR, BODY_SMALL,  op_rollout_abort,        "stop, and call back what was offered", NULL },
    { "GET",    "/api/v1/holds",                              WHO_READER,    FACE_OPERATOR, 0,           op_hold_list,            "who said \"not now\", newest first", NULL },
    { "POST",   "/api/v1/holds",                              WHO_FIELD,     FACE_OPERATOR, BODY_SMALL,  op_hold_make,            "keep releases from devices until then", NULL },
    { "DELETE", "/api/v1/holds/{hold}",                       WHO_FIELD,     FACE_OPERATOR, 0,           op_hold_lift,            "before its end", NULL },
    { "GET",    "/api/v1/fleet/summary",                      WHO_READER,    FACE_OPERATOR, 0,           op_fleet_summary,        "the fleet in figures", NULL },
    { NULL, NULL, 0, FACE_WEB, 0, NULL, NULL, NULL },
};
/* clang-format on */
