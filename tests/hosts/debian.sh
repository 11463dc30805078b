#!/usr/bin/env bash
# Runs the two commands of the README on bare Debian systems and prints a table.
#
#   tests/hosts/debian.sh [-k] [-m MIRROR] [-u] RELEASE…
#
# RELEASE is a suite such as bookworm, trixie or testing. For each, debootstrap makes a minimal
# system in a directory, a clone of this checkout is put into it, and the commands are run in it with
# an empty home directory. Needs root, debootstrap, and about 4 GB of disk for each release.
#
#   -k         keep the systems (their place is printed)
#   -m MIRROR  the package mirror; default: that of debootstrap
#   -u         run the commands as an ordinary user, after the command that the tool prints for it
#
# Not part of the self-test: it takes up to an hour for each release.
set -euo pipefail

keep= mirror= user=
while getopts km:u option; do
    case $option in
        k) keep=1 ;;
        m) mirror=$OPTARG ;;
        u) user=1 ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
(($#)) || { echo "usage: ${0##*/} [-k] [-m MIRROR] [-u] RELEASE…" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { echo "${0##*/}: needs root: debootstrap and chroot do" >&2; exit 2; }
command -v debootstrap > /dev/null || {
    echo "${0##*/}: debootstrap is not installed: apt-get install debootstrap" >&2
    exit 2
}

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$(mktemp -d "${TMPDIR:-/tmp}/genode-hosts.XXXXXX")

release_system() { # SYSTEM: unmounts what was mounted below it
    local directory
    for directory in dev/pts dev sys proc; do
        if mountpoint -q "$1/$directory"; then umount -l "$1/$directory"; fi
    done
}

clean_up() {
    local system
    for system in "$place"/*/; do [ ! -d "$system/proc" ] || release_system "${system%/}"; done
    if [ -n "$keep" ]; then echo "kept in $place"; else rm -rf --one-file-system "$place"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# The host's extra certificate authorities and proxies are the guest's: it uses the same network.
prepare() { # RELEASE SYSTEM
    debootstrap --variant=minbase "$1" "$2" ${mirror:+"$mirror"} > "$2.debootstrap" 2>&1 || {
        tail -n 3 "$2.debootstrap" >&2
        return 1
    }
    mount -t proc proc "$2/proc"
    mount -t sysfs sysfs "$2/sys"
    mount --bind /dev "$2/dev"
    mount --bind /dev/pts "$2/dev/pts"
    cp -L /etc/resolv.conf "$2/etc/resolv.conf"
    cp -L /etc/hosts "$2/etc/hosts"
    if [ -n "$(ls /usr/local/share/ca-certificates 2> /dev/null)" ]; then
        mkdir -p "$2/usr/local/share/ca-certificates"
        cp -r /usr/local/share/ca-certificates/. "$2/usr/local/share/ca-certificates"
    fi
    if [ -r /etc/ssl/certs/ca-certificates.crt ]; then
        cp -L /etc/ssl/certs/ca-certificates.crt "$2/etc/authorities.crt"
    fi
    inside "$2" root 'apt-get -q update && apt-get -q -y install python3' > "$2.python" 2>&1
    inside "$2" root 'useradd --create-home --shell /bin/bash somebody'
    git clone -q "$checkout" "$2/home/somebody/genode"
    chroot "$2" chown -R somebody: /home/somebody/genode
    inside "$2" root 'mkdir -p /root/empty'
}

inside() { # SYSTEM USER COMMAND
    local home=/root/empty
    [ "$2" = root ] || home=/home/$2
    chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$home" \
        PIP_CERT=/etc/authorities.crt SSL_CERT_FILE=/etc/authorities.crt \
        ${https_proxy:+https_proxy="$https_proxy"} ${http_proxy:+http_proxy="$http_proxy"} \
        setpriv --reuid "$2" --regid "$2" --init-groups bash -c "$3"
}

try() { # RELEASE SYSTEM WHO COMMAND LOG: prints a line of the table
    local began=$SECONDS status=0 last
    inside "$2" "$3" "cd /home/somebody/genode && git config --global --add safe.directory '*' \
        2> /dev/null; $4" > "$5" 2>&1 < /dev/null || status=$?
    last=$(grep -aE '[0-9]+ passed|passed|failed|error' "$5" | tail -n 1 | cut -c 1-70)
    printf '%-10s %-9s %-26s %5d s  exit %-3d %s\n' \
        "$1" "$3" "$4" "$((SECONDS - began))" "$status" "$last"
    return "$status"
}

failed=0
for release; do
    system=$place/$release
    mkdir "$system"
    if ! prepare "$release" "$system"; then
        printf '%-10s cannot be made by debootstrap\n' "$release"
        failed=1
        continue
    fi
    who=root
    if [ -n "$user" ]; then
        who=somebody
        # Without root, the tool prints the command that installs what is missing.
        for command in 'tool/genode run log' 'tool/genode selftest --collect-only'; do
            inside "$system" somebody "cd ~/genode && $command" > "$system.missing" 2>&1 || :
            install=$(grep -aoE 'apt-get install .*' "$system.missing" | tail -n 1 || :)
            [ -z "$install" ] || inside "$system" root "${install/install/install -y}" \
                > "$system.install" 2>&1
        done
    fi
    try "$release" "$system" "$who" 'tool/genode run log' "$system.run" || failed=1
    try "$release" "$system" "$who" 'tool/genode selftest' "$system.selftest" || failed=1
    release_system "$system"
done
exit "$failed"
