# Functions for bash scripts that need packages of tests/packages.txt. Source it; needs dpkg.
# shellcheck shell=bash

package_list="$(dirname "${BASH_SOURCE[0]}")/../packages.txt"

# packages_for PURPOSE…: their names, one per line.
packages_for() {
  local purpose
  for purpose in "$@"; do
    awk -v purpose="$purpose" '$1 == purpose { print $2 }' "$package_list"
  done
}

# missing_packages PURPOSE…: those that are not installed, one per line.
missing_packages() {
  local package
  for package in $(packages_for "$@"); do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      echo "$package"
  done
}

# Packages whose service Debian starts when it is installed, and enables for the next boot.
service_of() {
  case $1 in
    redis-server | nginx | haproxy | varnish | trafficserver) echo "$1.service" ;;
  esac
}

# The scripts use servers of their own, so a service that came with our installation is switched
# off again.
switch_off_services() {
  local package service
  [[ -d /run/systemd/system ]] || return 0
  for package in "$@"; do
    service=$(service_of "$package")
    [[ -n $service ]] || continue
    systemctl disable --now "$service" || true
    echo "Debian's own $service was switched off; nothing here uses it."
  done
}

install_packages() {
  local output
  echo "Installing: $*"
  export DEBIAN_FRONTEND=noninteractive
  if ! output=$({ apt-get update && apt-get install -y --no-install-recommends "$@"; } 2>&1 \
    </dev/null); then
    printf '%s\n' "$output" | tail -n 20 >&2
    return 1
  fi
  switch_off_services "$@"
}

# ensure_packages PURPOSE…: installs what is missing, or fails with the command to type.
ensure_packages() {
  local -a missing
  if ! command -v dpkg-query >/dev/null; then
    echo "This script knows Debian 12 only. It needs: $(packages_for "$@" | paste -sd ' ')" >&2
    return 1
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) && return 0
  if ((EUID != 0)); then
    echo "These Debian packages are missing. As root:" >&2
    echo "  apt-get install ${missing[*]}" >&2
    return 1
  fi
  install_packages "${missing[@]}"
}
