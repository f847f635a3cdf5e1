/* One way to turn an err into a reply, for each face of the service. */
#pragma once

#include "api/api.h"

/* Fills the reply: status from the code, body by the face. Nobody gets the text of a 5xx. */
void refuse(const struct req *req, enum face face, const struct err *err, struct reply *reply);
