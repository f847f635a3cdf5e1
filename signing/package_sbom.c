#include "signing/package.h"

#include "base/text.h"

bool package_sbom_check(struct span bytes, struct err *err)
{
    AUTO(arena_freep) struct arena *scratch = arena_new();
    const struct json *root;

    if (!json_parse(scratch, bytes, &root, err))
        return err_within(err, "the SBOM");
    if (!text_equal(json_string(json_member(root, "bomFormat")), "CycloneDX"))
        return FAIL(
            err, ERR_INVALID,
            "the SBOM is no CycloneDX JSON: member \"bomFormat\" must be \"CycloneDX\"; convert it, or "
            "tell the tool that wrote it to write CycloneDX JSON");
    if (text_blank(json_string(json_member(root, "specVersion"))))
        return FAIL(err, ERR_INVALID,
                    "the SBOM is no CycloneDX JSON: member \"specVersion\" must be a text such as \"1.5\"");
    return true;
}
