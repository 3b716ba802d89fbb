#!/bin/sh
# systemd 252: a timer `OnCalendar=*:0/15` is silent for 75 minutes on the night on which summer time ends.
#
# In Berlin on 25 October 2026 the hour from 02:00 to 03:00 comes twice. `systemd-analyze calendar`, which shows what
# timers do, gives the quarters of the first 02:xx and then goes to 03:00: from 02:45 CEST to 03:00 CET, 75 minutes.
# cron fires all eight. In spring, a daily 02:30 does not fire at all on the day that has none, where cron runs it at
# 03:00. systemd.time(7) mentions neither.
#
# Needs: systemd-analyze 252 (Debian 12: systemd 252.x), and the time zone database of any year since 1996.
set -eu
systemd-analyze --version | head -n 1
case $(systemd-analyze --version) in
"systemd 252 "*) ;;
*) echo "this was seen with systemd 252, which is not here" >&2 && exit 1 ;;
esac
elapses() {
    TZ=Europe/Berlin SYSTEMD_COLORS=0 LC_ALL=C systemd-analyze calendar --base-time="$1" --iterations="$2" "$3" |
        sed -n 's/^ *(in UTC): ... \(.*\) UTC$/\1/p'
}
quarters=$(elapses '2026-10-25 00:20:00 UTC' 4 '*:0/15' | tr '\n' ';')
daily=$(elapses '2027-03-27 12:00:00 UTC' 1 '*-*-* 02:30')
printf 'quarters from 00:20 UTC on 25 October 2026 (UTC): %s\n' "$quarters"
printf 'daily 02:30 from noon of 27 March 2027 (UTC):     %s\n' "$daily"
if [ "$quarters" = '2026-10-25 00:30:00;2026-10-25 00:45:00;2026-10-25 02:00:00;2026-10-25 02:15:00;' ] &&
    [ "$daily" = '2027-03-29 00:30:00' ]; then
    echo "as seen: nothing between 00:45 and 02:00 UTC, and nothing at all on 28 March 2027"
else
    echo "CHANGED: this is not what was seen" >&2
    exit 1
fi
