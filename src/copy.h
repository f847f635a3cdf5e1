/* `nightshiftd --copy` and `--restore`: a folder beside a running service, and a folder out of that one. */
#pragma once

int copy_main(int argc, char **argv);
