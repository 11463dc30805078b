#!/usr/bin/env bash
# Runs the two commands of the README on bare Debian systems and prints a table.
#
#   tests/hosts/debian.sh [-k] [-m MIRROR] [-o OPTION] [-s ARGUMENTS] [-u] RELEASE|DIRECTORY…
#
# RELEASE is a suite such as bookworm, trixie or testing, which debootstrap makes a minimal system of.
# DIRECTORY has such a system already; a copy of it is used. A clone of this checkout is put into
# each, and the commands are run there with an empty home directory. Needs root, debootstrap, and
# about 4 GB of disk for each system.
#
#   -k            keep the systems and logs (their place is printed)
#   -m MIRROR     the package mirror; default: that of debootstrap
#   -o OPTION     a line for the system's apt.conf, such as 'Acquire::Check-Valid-Until "false";' where
#                 the clock is ahead of the archive
#   -s ARGUMENTS  arguments of the self-test, such as '-k toolchain'; "none" leaves it out
#   -u            run the commands as an ordinary user, after the command that the tool prints for it
#
# What a command did is in the logs; that of one which failed is kept. Not part of the self-test: it
# takes up to an hour for each system.
set -euo pipefail

usage() {
    echo "usage: ${0##*/} [-k] [-m MIRROR] [-o OPTION] [-s ARGUMENTS] [-u] RELEASE|DIRECTORY…" >&2
    exit 2
}

keep= mirror= option_of_apt= arguments= user=
while getopts km:o:s:u option; do
    case $option in
        k) keep=1 ;;
        m) mirror=$OPTARG ;;
        o) option_of_apt=$OPTARG ;;
        s) arguments=$OPTARG ;;
        u) user=1 ;;
        *) usage ;;
    esac
done
[ "$#" -ge "$OPTIND" ] || usage
[ "$(id -u)" = 0 ] || { echo "${0##*/}: needs root: debootstrap and chroot do" >&2; exit 2; }

# In name spaces of our own: mounts and processes are gone with us, even if we are killed, and
# removing a system cannot reach what is mounted into it.
if [ -z "${_GENODE_HOSTS_INSIDE:-}" ]; then
    _GENODE_HOSTS_INSIDE=1 exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi
unset _GENODE_HOSTS_INSIDE
shift $((OPTIND - 1))

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/genode-hosts.XXXXXX")
failed=0
clone=/root/genode # the checkout, in its user's home, which is closed to others
[ -z "$user" ] || clone=/home/somebody/genode

clean_up() {
    local system
    for system in "$place"/*/; do umount -R -l "$system"{proc,sys,dev} 2> /dev/null || :; done
    if [ -n "$keep" ]; then
        echo "kept in $place"
        return
    fi
    rm -rf --one-file-system "$place"/*/
    if [ "$failed" = 0 ]; then rm -rf "$place"; else echo "logs in $place"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

make_system() { # RELEASE|DIRECTORY SYSTEM
    if [ -d "$1/etc" ]; then
        cp -a --one-file-system "$1/." "$2"
    else
        command -v debootstrap > /dev/null || {
            echo "debootstrap is not installed: apt-get install debootstrap" >&2
            return 1
        }
        debootstrap --variant=minbase "$1" "$2" ${mirror:+"$mirror"} > "$2.debootstrap" 2>&1 || {
            tail -n 3 "$2.debootstrap" >&2
            return 1
        }
    fi
}

# The host's extra certificate authorities and proxies are the guest's: it uses the same network.
prepare() { # SYSTEM
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys"
    mount --rbind /dev "$1/dev"
    cp -L /etc/resolv.conf "$1/etc/resolv.conf"
    cp -L /etc/hosts "$1/etc/hosts"
    if [ -n "$(ls /usr/local/share/ca-certificates 2> /dev/null)" ]; then
        mkdir -p "$1/usr/local/share/ca-certificates"
        cp -r /usr/local/share/ca-certificates/. "$1/usr/local/share/ca-certificates"
    fi
    if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
        cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/authorities.crt"
    fi
    [ -z "$option_of_apt" ] || echo "$option_of_apt" > "$1/etc/apt/apt.conf.d/99hosts"
    inside "$1" root 'apt-get -q update && apt-get -q -y install --no-install-recommends python3' \
        > "$1.python" 2>&1 || { tail -n 3 "$1.python" >&2; return 1; }
    inside "$1" root 'useradd --create-home --shell /bin/bash somebody && mkdir -p /root/empty'
    git clone -q "$checkout" "$1$clone"
    [ -z "$user" ] || chroot "$1" chown -R somebody: "$clone"
}

inside() { # SYSTEM USER COMMAND
    local home=/root/empty path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    if [ "$2" != root ]; then
        home=/home/$2
        path=/usr/local/bin:/usr/bin:/bin # as Debian's login(1) sets it
    fi
    chroot "$1" /usr/bin/env -i PATH="$path" LANG=C.UTF-8 HOME="$home" \
        PIP_CERT=/etc/authorities.crt SSL_CERT_FILE=/etc/authorities.crt \
        ${PIP_DEFAULT_TIMEOUT:+PIP_DEFAULT_TIMEOUT="$PIP_DEFAULT_TIMEOUT"} \
        ${https_proxy:+https_proxy="$https_proxy"} ${http_proxy:+http_proxy="$http_proxy"} \
        setpriv --reuid "$2" --regid "$2" --init-groups bash -c "$3"
}

# As an ordinary user, the tool prints the command that installs what is missing.
install_as_printed() { # SYSTEM COMMAND LOG
    local install
    inside "$1" somebody "cd $clone && $2" > "$3" 2>&1 < /dev/null || :
    install=$(sed -n 's/^ *hint: \(.*apt-get install.*\)/\1/p' "$3" | tail -n 1)
    [ -z "$install" ] || inside "$1" root \
        "export DEBIAN_FRONTEND=noninteractive; ${install//sudo /}" \
        >> "$3" 2>&1 < /dev/null || { tail -n 3 "$3" >&2; return 1; }
}

try() { # SYSTEM WHO COMMAND LOG: prints a line of the table
    local began=$SECONDS status=0 last
    inside "$1" "$2" "cd $clone && $3" > "$4" 2>&1 < /dev/null || status=$?
    last=$(grep -aE '[0-9]+ (passed|failed)|passed|failed|error' "$4" | tail -n 1 | tr -d '=')
    printf '%-9s %-9s %-24s %5d s  exit %-3d %s\n' \
        "$(cat "$1/etc/debian_version")" "$2" "$3" "$((SECONDS - began))" "$status" "${last:0:70}"
    return "$status"
}

for release; do
    system=$place/$(basename "$release")
    mkdir "$system"
    if ! make_system "$release" "$system" || ! prepare "$system"; then
        printf '%-9s cannot be made\n' "$release"
        failed=1
        continue
    fi
    who=root
    [ -z "$user" ] || who=somebody
    for command in 'run log' "selftest${arguments:+ $arguments}"; do
        [ "$command" != 'selftest none' ] || continue
        log=$system.${command%% *}
        if [ -n "$user" ] && ! install_as_printed "$system" "tool/genode $command" "$log.missing"; then
            failed=1
        fi
        try "$system" "$who" "tool/genode $command" "$log" || failed=1
    done
done
exit "$failed"
