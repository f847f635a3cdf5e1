#!/bin/sh
# Nights around every clock change of every zone for ten years, as Python's zoneinfo sees them.
command -v python3 >/dev/null || { echo "no python3"; exit 77; }
python3 -c 'import zoneinfo; assert zoneinfo.available_timezones()' 2>/dev/null || { echo "no zoneinfo"; exit 77; }
"$BIN_DIR/tests/window_tool" --time &&
    exec python3 "${SOURCE_DIR:-.}/tests/windows/judge.py" "$BIN_DIR/tests/window_tool"
