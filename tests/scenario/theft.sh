#!/bin/sh
# The theft matrix: a thief with the real server (its certificate, its DDI, its blobs) and each set of stolen keys, against
# the real agent. A row says what he holds, what he tries to make the machine run, and what comes of it: the name of the
# refusal, or "installs". Only what signing/README.md concedes may install.
. "$(dirname "$0")/../support/service.sh"
. "$SUPPORT/theft.sh"

# ---- what he holds beside the server            what he tries                      what comes of it ------------------
row "nothing"                                 "bytes of his own"                 not-assigned $evil
row "nothing"                                 "a release nobody told it of"      not-assigned "$WORK/system-5.1.img" duo/5.1/system.img
row "image online"                            "bytes of his own"                 not-assigned $evil --image-online
row "image online"                            "older metadata of the family"     rollback "$WORK/system-4.0.img" duo/4.0/system.img --image-online --rollback
row "both engineers, image online"            "bytes of his own"                 not-assigned $evil --image-online --engineers 2
row "director"                                "bytes of his own"                 unknown-target $evil --director
row "director"                                "his bytes under a release's name" mismatch-length "$WORK/own.key" duo/5.1/system.img --director --custom "$next"
row "director"                                "his bytes, as long as a release"  mismatch-hash "$WORK/evil.img" duo/5.1/system.img --director --custom "$next"
row "director"                                "a release below its counter"      old-release "$WORK/system-4.0.img" duo/4.0/system.img --director --custom "$old"
row "director"                                "another model's release"          wrong-hardware "$WORK/system-5.2.img" duo/5.2/system.img --director --custom "$other"
row "director"                                "that release, named as its own"   mismatch-hardware "$WORK/system-5.2.img" duo/5.2/system.img --director
row "director"                                "a release for it, untold"         installs "$WORK/system-5.1.img" duo/5.1/system.img --director --custom "$next"
row "director's root"                         "bytes of his own"                 unknown-target $evil --director-root
row "director, image online"                  "bytes of his own"                 bad-signature $evil --director --image-online
row "director, image online"                  "older metadata of the family"     rollback "$WORK/system-4.0.img" duo/4.0/system.img --director --image-online --rollback
row "director, image online, one engineer"    "bytes of his own"                 bad-signature $evil --director --image-online --engineers 1
row "director, image online, both engineers"  "bytes of his own"                 installs $evil --director --image-online --engineers 2
row "director, image online, image targets"   "bytes of his own"                 installs $evil --director --image-online --image-targets
verdict
