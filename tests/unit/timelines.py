"""The table of docs/recovery.md, played: what happens to a machine, and the sessions that must come
of it.

Each timeline has four parts: what it promises; the kind of life and what happens, in order; what
the journal hears; the sessions. All was worked out by hand from the table. The world begins at
09:00:00 on 2026-03-28, with 2 cores.

What happens:
    boot             the machine boots, and its container with it: PID 1 starts
    off              the power goes, and takes everything with it
    rebuild          the container goes, and the tracker with it; a new one starts
    container B      one more container starts, beside the others
    start, start B   the tracker starts, in the first container or in B
    beat +10s        10 seconds later it makes a heartbeat
    beats 1m         it makes one every 10 seconds for a minute
    pause, term      it is told to pause, or that the machine is going away, and ends
    die              it is gone without a word
    +1h, suspend 2h  time passes, awake or suspended
    clock -3h        somebody sets the wall clock back by three hours
    frozen 1h        the host of a virtual machine stops it for an hour: none of its clocks moves
    snapshot -5m     the machine is restored as it was 5 minutes ago, without the tracker;
                     disk and wall clock are not
    machine B 3h     we go to machine B, which has been up for 3 hours already (kept by all: the
                     state directory)
    machine A        we go back to machine A, where the world begins; the clock of each is its own
    wait             the tracker starts while another machine's runs, and counts in memory until
                     `start`
    copy             what lies in the state directory is from now on a copy of another tracker's
    cores 8          the machine has other cores
    kind container   a stronger marker tells what this is
    hidepid, showpid PID 1's start cannot be read, or can again

The journal: the row of the table for each start, with what it counted of the time that the tracker
was away, and what the clocks did. A session: number, start .. end, ending, running time. Its spans
follow where there is more to say than that: start, length, and cores unless they are 2. A time on
another day says by how many days (+1d).
"""

TIMELINES = """
the first session in a codespace starts at PID 1's start
codespace: boot, +5s, start
first
1 09:00:00 .. 09:00:05 open 5s

the first session in a container starts at PID 1's start, not at the boot of its host
container: boot, +1h, container B, +5s, start B
first
1 10:00:00 .. 10:00:05 open 5s

the first session on a plain host starts when the tracker does
host: boot, +1h, start, beat +10s
first
1 10:00:00 .. 10:00:10 open 10s

where PID 1's start cannot be read the first session starts when the tracker does
container: hidepid, boot, +5s, start, beat +10s
first
1 09:00:05 .. 09:00:15 open 10s

what was suspended after PID 1's start is not counted
codespace: boot, +10m, suspend 2h, +10m, start
first
1 09:00:00 .. 11:20:00 open 20m | 11:00:00 for 20m

what was suspended before PID 1's start could have been after it for all we know: it is not counted either
container: boot, +1h, suspend 20m, container B, +30m, start B
first
1 10:20:00 .. 10:50:00 open 10m | 10:40:00 for 10m

what was suspended before the last heartbeat has nothing to do with a PID 1 that is newer
container: boot, start, suspend 1h, beat +10s, rebuild, +5s, start
first, suspended 1h, new_pid1
1 09:00:00 .. 10:00:10 recovered 10s | 10:00:00 for 10s
2 10:00:10 .. 10:00:15 open 5s

heartbeats extend the session
codespace: boot, start, beats 1m
first
1 09:00:00 .. 09:01:00 open 1m

a tracker that died and came back lost nothing
codespace: boot, start, beat +10s, die, +1h, start
first, continued 1h
1 09:00:00 .. 10:00:10 open 1h10s

on a plain host too
host: boot, +1h, start, beat +10s, die, +1h, start
first, continued 1h
1 10:00:00 .. 11:00:10 open 1h10s

a tracker that came back twice at one moment changed nothing
codespace: boot, start, beat +10s, die, start, die, start
first, continued 0s, continued 0s
1 09:00:00 .. 09:00:10 open 10s

a pause ends the session, its time since the last heartbeat included
codespace: boot, start, beat +10s, +3s, pause
first
1 09:00:00 .. 09:00:13 paused 13s

a paused session is reopened in the same life, the pause counted
codespace: boot, start, beat +10s, pause, +5m, start, beat +10s
first, resumed 5m
1 09:00:00 .. 09:05:20 open 5m20s

TERM ends the session clean, its time since the last heartbeat included
codespace: boot, start, beat +10s, +5s, term, off
first
1 09:00:00 .. 09:00:15 clean 15s

a session that ended clean is reopened in the same life
container: boot, start, beat +10s, +5s, term, +1m, start
first, resumed 1m
1 09:00:00 .. 09:01:15 open 1m15s

a PID 1 that can no longer be read is taken for the same
container: boot, start, beat +10s, die, hidepid, +1m, start
first, continued 1m
1 09:00:00 .. 09:01:10 open 1m10s

a PID 1 that can be read at last is taken for the same
container: hidepid, boot, start, beat +10s, die, showpid, +1m, start
first, continued 1m
1 09:00:00 .. 09:01:10 open 1m10s

a PID 1 that could not be read for a while is still known
container: boot, start, beat +10s, die, hidepid, +1m, start, showpid, rebuild, +5s, start
first, continued 1m, new_pid1
1 09:00:00 .. 09:01:10 recovered 1m10s
2 09:01:10 .. 09:01:15 open 5s

a codespace rebuilt within exactly 10 minutes goes on
codespace: boot, start, beat +10s, die, +2m, rebuild, +8m, start
first, rebuilt 10m
1 09:00:00 .. 09:10:10 open 10m10s

a codespace rebuilt in just over 10 minutes begins a new session, and what is between heartbeat and PID 1 is lost
codespace: boot, start, beat +10s, die, +2m, rebuild, +8m, +0.001s, start
first, new_pid1
1 09:00:00 .. 09:00:10 recovered 10s
2 09:02:10 .. 09:10:10.001 open 8m0.001s

the limit is for one rebuild: two in a row may take longer together
codespace: boot, start, beat +10s, rebuild, +9m, start, rebuild, +9m, start
first, rebuilt 9m, rebuilt 9m
1 09:00:00 .. 09:18:10 open 18m10s

a rebuild that told the tracker to end is a rebuild
codespace: boot, start, beat +10s, term, +1m, rebuild, +30s, start
first, rebuilt 1m30s
1 09:00:00 .. 09:01:40 open 1m40s

a suspended machine uses up the 10 minutes of a rebuild
codespace: boot, start, beat +10s, suspend 8m, rebuild, +9m, start
first, new_pid1
1 09:00:00 .. 09:00:10 recovered 10s
2 09:08:10 .. 09:17:10 open 1m | 09:16:10 for 1m

outside a codespace a new PID 1 is never a rebuild
container: boot, start, beat +10s, die, +20s, rebuild, +5s, start
first, new_pid1
1 09:00:00 .. 09:00:10 recovered 10s
2 09:00:30 .. 09:00:35 open 5s

a session that ended clean stays so when a new container starts
container: boot, start, beat +10s, term, +1h, rebuild, +5s, start
first, new_pid1
1 09:00:00 .. 09:00:10 clean 10s
2 10:00:10 .. 10:00:15 open 5s

a paused session ended clean when a new container starts
container: boot, start, beat +10s, pause, +1h, rebuild, +5s, start
first, new_pid1
1 09:00:00 .. 09:00:10 clean 10s
2 10:00:10 .. 10:00:15 open 5s

on a plain host a life is the boot, whatever PID 1 looks like
host: boot, start, beat +10s, rebuild, +5m, start
first, continued 5m
1 09:00:00 .. 09:05:10 open 5m10s

two containers that share a directory count nothing twice
container: boot, start, beats 1m, container B, beats 1m, die, +10s, start B, beats 1m, die, +10s, start
first, new_pid1, new_pid1
1 09:00:00 .. 09:02:00 recovered 2m
2 09:02:00 .. 09:03:10 recovered 1m10s
3 09:03:10 .. 09:03:20 open 10s

a codespace that stopped clean starts a new session, and the stop is not counted
codespace: boot, start, beat +10s, term, off, +8h, boot, +20s, start
first, new_boot
1 09:00:00 .. 09:00:10 clean 10s
2 17:00:10 .. 17:00:30 open 20s

a codespace that stopped without a word is recovered at its last heartbeat
codespace: boot, start, beats 1m, +9s, off, +8h, boot, +20s, start
first, new_boot
1 09:00:00 .. 09:01:00 recovered 1m
2 17:01:09 .. 17:01:29 open 20s

a session paused until the machine stopped ended clean, when it was paused
codespace: boot, start, beat +10s, pause, +1h, off, +1h, boot, +5s, start
first, new_boot
1 09:00:00 .. 09:00:10 clean 10s
2 11:00:10 .. 11:00:15 open 5s

another boot is never a rebuild, however soon
codespace: boot, start, beat +10s, off, +30s, boot, +5s, start
first, new_boot
1 09:00:00 .. 09:00:10 recovered 10s
2 09:00:40 .. 09:00:45 open 5s

on a plain host a session after the first starts at the boot
host: boot, +1h, start, beat +10s, off, +1h, boot, +30s, start
first, new_boot
1 10:00:00 .. 10:00:10 recovered 10s
2 11:00:10 .. 11:00:40 open 30s

clocks that are ahead of those of another boot mean nothing
container: boot, start, beat +10s, off, +1m, boot, +1h, start
first, new_boot
1 09:00:00 .. 09:00:10 recovered 10s
2 09:01:10 .. 10:01:10 open 1h

after another boot, too, a PID 1 that cannot be read means: from now on
container: hidepid, boot, start, beat +10s, off, +1m, boot, +20s, start, beat +10s
first, new_boot
1 09:00:00 .. 09:00:10 recovered 10s
2 09:01:30 .. 09:01:40 open 10s

a restored snapshot loses the session at its last heartbeat and begins one now
codespace: boot, start, beats 10m, snapshot -5m, +1m, start, beat +10s
first, snapshot
1 09:00:00 .. 09:10:00 recovered 10m
2 09:11:00 .. 09:11:10 open 10s

a session that was paused before the snapshot was restored ended clean
codespace: boot, start, beats 10m, pause, snapshot -5m, start, beat +10s
first, snapshot
1 09:00:00 .. 09:10:00 clean 10m
2 09:10:00 .. 09:10:10 open 10s

a restored snapshot that was suspended begins a session when it wakes
codespace: boot, start, beats 10m, snapshot -5m, suspend 1h, start, beat +10s
first, snapshot
1 09:00:00 .. 09:10:00 recovered 10m
2 10:10:00 .. 10:10:10 open 10s

a restored snapshot that nobody noticed in time is counted from where the clock passes the last heartbeat
codespace: boot, start, beats 10m, snapshot -5m, +6m, start
first, continued 1m, clock_stepped 5m
1 09:00:00 .. 09:16:00 open 11m | 09:00:00 for 10m, 09:15:00 for 1m

a copied directory neither carries on nor ends what the other tracker left
codespace: boot, start, beats 1m, copy, off, +1h, boot, +20s, start
first, copied
1 09:00:00 .. 09:01:00 open 1m
2 10:01:00 .. 10:01:20 open 20s

a directory copied within one boot counts nothing twice
codespace: boot, start, beats 1m, die, copy, +10s, start
first, copied
1 09:00:00 .. 09:01:00 open 1m
2 09:01:00 .. 09:01:10 open 10s

a directory copied together with a restored snapshot counts nothing twice
codespace: boot, start, beats 10m, snapshot -5m, copy, start, beat +10s
first, copied
1 09:00:00 .. 09:10:00 open 10m
2 09:10:00 .. 09:10:10 open 10s

a machine suspended under the tracker starts a new span
codespace: boot, start, beat +10s, suspend 2h, beat +10s
first, suspended 2h
1 09:00:00 .. 11:00:20 open 20s | 09:00:00 for 10s, 11:00:10 for 10s

a machine suspended while the tracker was away: the gap counts without it
host: boot, start, beat +10s, die, +10s, suspend 2h, +10s, start
first, continued 20s, suspended 2h
1 09:00:00 .. 11:00:30 open 30s | 09:00:00 for 10s, 11:00:10 for 20s

a clock set a day ahead starts a new span
codespace: boot, start, beats 1m, clock +1d, beats 1m
first, clock_stepped 24h
1 09:00:00 .. 09:02:00+1d open 2m | 09:00:00 for 1m, 09:01:00+1d for 1m

a clock set a day back starts a new span
codespace: boot, start, beats 1m, clock -1d, beats 1m
first, clock_stepped -24h
1 09:00:00 .. 09:02:00-1d open 2m | 09:00:00 for 1m, 09:01:00-1d for 1m

a clock set while the tracker was away leaves the gap as long as it was
host: boot, start, beat +10s, die, +30s, clock -1d, +30s, start
first, continued 1m, clock_stepped -24h
1 09:00:00 .. 09:01:10-1d open 1m10s | 09:00:00 for 10s, 09:00:10-1d for 1m

a clock set before the first heartbeat leaves no empty span behind
host: boot, +1h, start, clock +1d, beat +10s
first, clock_stepped 24h
1 10:00:00 .. 10:00:10+1d open 10s | 10:00:00+1d for 10s

a virtual machine that stood still is not counted, also once its wall clock is set
codespace: boot, start, beats 1m, frozen 1h, beats 1m, clock +1h, beats 1m
first, clock_stepped 1h
1 09:00:00 .. 10:03:00 open 3m | 09:00:00 for 2m, 10:02:00 for 1m

a virtual machine whose wall clock is set before the next heartbeat is not counted either
codespace: boot, start, beats 1m, frozen 1h, clock +1h, beats 1m
first, clock_stepped 1h
1 09:00:00 .. 10:02:00 open 2m | 09:00:00 for 1m, 10:01:00 for 1m

a virtual machine that stood still while the tracker was away: the gap counts without it
codespace: boot, start, beats 1m, die, +1m, frozen 1h, clock +1h, +1m, start
first, continued 2m, clock_stepped 1h
1 09:00:00 .. 10:03:00 open 3m | 09:00:00 for 1m, 10:01:00 for 2m

a clock corrected by just one second starts no span
codespace: boot, start, beats 1m, clock +1s, beats 1m
first
1 09:00:00 .. 09:02:01 open 2m

a clock corrected by just over a second starts a new span
codespace: boot, start, beats 1m, clock -1.001s, beats 1m
first, clock_stepped -1.001s
1 09:00:00 .. 09:01:58.999 open 2m | 09:00:00 for 1m, 09:00:58.999 for 1m

after a clock set into the past a session starts where the last one ended, and has all time that was observed
codespace: boot, start, beats 1h, off, clock -3h, boot, +20s, start, beats 1m
first, new_boot
1 09:00:00 .. 10:00:00 recovered 1h
2 10:00:00 .. 07:01:20 open 1m | 07:00:20 for 1m

and the session after that goes by the clock again
codespace: boot, start, beats 1h, off, clock -3h, boot, +20s, start, beats 1m, off, +1h, boot, +20s, start
first, new_boot, new_boot
1 09:00:00 .. 10:00:00 recovered 1h
2 10:00:00 .. 07:01:20 recovered 1m | 07:00:20 for 1m
3 08:01:20 .. 08:01:40 open 20s

two machines in turn count nothing that lies before the other one's last heartbeat, however long they were up
host: boot, +1h, start, beat +10s, term, machine B 3h, +5s, start, beat +10s, term, machine A, +5s, start, beat +10s
first, new_boot, new_boot
1 10:00:00 .. 10:00:10 clean 10s
2 10:00:10 .. 10:00:25 clean 15s
3 10:00:25 .. 10:00:40 open 15s

two containers with boot ids of their own count nothing twice
container: boot, start, beats 10m, die, +5s, machine B 9m, +5s, start, beat +10s, die, +3s, machine A, start, beat +10s
first, new_boot, new_boot
1 09:00:00 .. 09:10:00 recovered 10m
2 09:10:00 .. 09:10:20 recovered 20s
3 09:10:20 .. 09:10:33 open 13s

a machine that was up for less long than the other one is away counts from its PID 1
container: boot, start, beats 1m, die, +1h, machine B 10m, start
first, new_boot
1 09:00:00 .. 09:01:00 recovered 1m
2 09:51:00 .. 10:01:00 open 10m

a clock two hours ahead on one machine costs no observed time on the other
host: boot, +1h, clock +2h, start, beats 1m, term, machine B 3h, +1m, start, beats 1m, +5s, term, machine A, start
first, new_boot, new_boot
1 12:00:00 .. 12:01:00 clean 1m
2 12:01:00 .. 10:03:05 clean 1m5s | 10:02:00 for 1m5s
3 12:01:00 .. 12:03:05 open 2m5s

a clock that is behind on one machine makes another one count nothing that lies before an earlier heartbeat
host: boot, +1h, start, beats 1m, die, machine B 3h, clock -5h, start, beats 1m, die, machine C 4h, +1m, start
first, new_boot, new_boot
1 10:00:00 .. 10:01:00 recovered 1m
2 10:01:00 .. 05:02:00 recovered 1m | 05:01:00 for 1m
3 10:01:00 .. 10:03:00 open 2m

a clock that was a year ahead long ago costs nothing at all
host: boot, +1h, clock +365d, start, beats 1m, die, machine B 3h, start, beats 1m, die, machine C 4h, +1m, start
first, new_boot, new_boot
1 10:00:00+365d .. 10:01:00+365d recovered 1m
2 10:01:00+365d .. 10:02:00 recovered 1m | 10:01:00 for 1m
3 10:02:00 .. 10:03:00 open 1m

a clock that was ahead and is corrected while the tracker runs changes no running time
host: boot, +1h, clock +2h, start, beats 1m, clock -2h, beats 1m, term, machine B 3h, +1m, start
first, clock_stepped -2h, new_boot
1 12:00:00 .. 10:02:00 clean 2m | 12:00:00 for 1m, 10:01:00 for 1m
2 10:02:00 .. 10:03:00 open 1m

on a machine whose clock is behind, only what is observed is counted
host: boot, +1h, start, beats 1m, die, machine B 3h, clock -5m, +1m, start, beats 1m, clock +5m, beats 1m
first, new_boot, clock_stepped 5m
1 10:00:00 .. 10:01:00 recovered 1m
2 10:01:00 .. 10:04:00 open 2m | 09:57:00 for 1m, 10:03:00 for 1m

a machine that was suspended for longer than the other one is away counts what it observes
host: boot, +1h, start, beats 1m, die, machine B 3h, suspend 1h, machine A, start, beats 1m, die, machine B, +1m, start
first, continued 1h, new_boot
1 10:00:00 .. 11:02:00 recovered 1h2m
2 11:02:00 .. 11:03:00 open 0s | 11:03:00 for 0s

a copied directory counts nothing that lies before the last heartbeat of the other tracker
codespace: boot, start, beats 1m, copy, die, machine B 3h, +10s, start
first, copied
1 09:00:00 .. 09:01:00 open 1m
2 09:01:00 .. 09:01:10 open 10s

a tracker that waited for another machine's has all that it observed meanwhile, and nothing before
host: boot, +1h, start, beats 1m, machine B 3h, wait, +5m, machine A, beats 1m, die, machine B, +20s, start, beat +10s
first, new_boot
1 10:00:00 .. 10:07:00 recovered 7m
2 10:07:00 .. 10:07:30 open 6m30s | 10:01:00 for 6m30s

the night in which Europe's summer time begins is as long as any
codespace: boot, start, beats 24h
first
1 09:00:00 .. 09:00:00+1d open 24h

other cores start a new span
codespace: boot, start, beats 1m, cores 8, beats 1m
first, cores_changed 8
1 09:00:00 .. 09:02:00 open 2m | 09:00:00 for 1m, 09:01:00 for 1m on 8

cores that changed while the tracker was away have the gap
codespace: boot, start, beat +10s, die, cores 8, +50s, start
first, continued 50s, cores_changed 8
1 09:00:00 .. 09:01:00 open 1m | 09:00:00 for 10s, 09:00:10 for 50s on 8

other cores at another boot are the new session's
codespace: boot, start, beat +10s, term, off, cores 8, +1h, boot, +5s, start
first, new_boot
1 09:00:00 .. 09:00:10 clean 10s
2 10:00:10 .. 10:00:15 open 5s | 10:00:10 for 5s on 8

a host that turns out to be a container goes on where PID 1 is the same
host: boot, +1h, start, beat +10s, die, kind container, +50s, start
first, continued 50s
1 10:00:00 .. 10:01:00 open 1m

a host that turns out to be a container ends where PID 1 is another
host: boot, +1h, start, beat +10s, die, kind container, rebuild, +50s, start
first, new_pid1
1 10:00:00 .. 10:00:10 recovered 10s
2 10:00:10 .. 10:01:00 open 50s
"""
