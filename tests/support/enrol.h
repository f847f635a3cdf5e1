/* Devices that come in by the front door: a claim code from a technician, an enrolment, a poll. */
#pragma once

#include "support/ops.h"

/* A new code; `facts` are more members, as ",\"controller_id\":\"mfp-1\"". */
const char *enrol_claim(struct ops *ops, const char *facts);
/* POST /DEFAULT/controller/v1/ID/enrol with the code and more members. */
struct answer enrol_as(struct support *s, const char *id, const char *code, const char *facts);
struct answer enrol_poll(struct ops *ops, const char *id, const char *token);
/* A device of family "aurora", model A, that has enrolled; its token. */
const char *enrol_device(struct ops *ops, const char *id);
/* GET /api/v1/devices, as a viewer. */
size_t enrol_count(struct ops *ops);
/* Fails the running test unless it is a problem+json of that status whose detail says so. */
void enrol_refused(const struct answer *answer, int status, const char *words);
