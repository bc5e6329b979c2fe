# shellcheck shell=bash
# Sourced by tests/run and tests/demo: the Debian packages that they need, and how to get them.
# docs/dependencies.md gives the reason for each.

# shellcheck disable=SC2034 # used by the scripts that source this file
build_packages=(
	gcc libc6-dev cmake ninja-build pkgconf
	libcurl4-openssl-dev libyaml-dev libjansson-dev libmicrohttpd-dev libsqlite3-dev libssl-dev
	libgit2-dev
	libcmocka-dev scdoc
)
# shellcheck disable=SC2034
test_packages=(
	git clang libclang-rt-14-dev llvm-14 clang-format-14 clang-tidy-14
	valgrind libc6-dbg gcovr shellcheck
	curl rsync vim strace patch
)

# Installs those of its arguments that are missing. Silent where there is nothing to do.
install_packages()
{
	local package as_root=() missing=()

	for package; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null |
			grep -q 'ok installed$' || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "These Debian packages are missing, and installing them needs root:" >&2
			echo "    apt-get install ${missing[*]}" >&2
			return 1
		fi
		as_root=(sudo)
	fi
	echo "Installing ${missing[*]}"
	"${as_root[@]}" apt-get -qq update &&
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
			-o Dpkg::Use-Pty=0 install --no-install-recommends \
			"${missing[@]}" >/dev/null
}
