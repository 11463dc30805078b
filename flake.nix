{
  # The programs that genode calls, for NixOS and other systems with Nix: `nix develop`, then
  # `tool/genode run log`. Untried; the names of packages are those of etc/programs.toml.
  description = "Tools for building and running Genode systems";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs =
    { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      forEach = nixpkgs.lib.genAttrs systems;
      shellFor =
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};

          # Run scripts are interpreted by Python's own Tcl.
          python = pkgs.python3.withPackages (packages: [ packages.tkinter ]);

          # Files are looked for below the prefixes of PATH: firmware gets a prefix with a bin/.
          firmware = pkgs.runCommand "genode-firmware" { } ''
            mkdir -p $out/bin $out/share/ovmf
            ln -s ${pkgs.OVMF.fd}/FV/OVMF.fd $out/share/ovmf/OVMF.fd
          '';

          # Headers for `genode tool-chain x86`, which builds GCC and GDB from source.
          libraries = with pkgs; [ gmp mpfr libmpc expat ncurses ];
        in
        pkgs.mkShell {
          packages = [ python ] ++ (with pkgs; [
            # make
            bash gcc binutils ccache distcc sccache graphviz
            # run
            qemu gdb picocom amtterm android-tools openocd
            # image
            xorriso mtools e2fsprogs ubootTools dtc
            # ports
            cpio gnupatch git subversion gnupg zstd autoconf automake byacc cmake curl ed gawk
            acpica-tools mawk ninja perl rpcsvc-proto gnused gnutar unzip wget libxslt yasm
            # tool-chain
            gnumake flex bison m4 xz texinfo
            # selftest
            tcl expect libxml2 openssl util-linux
          ]) ++ libraries
          ++ pkgs.lib.optionals (system == "x86_64-linux") [ pkgs.grub2 pkgs.grub2_efi firmware ];

          GENODE_PYTHON = "${python}/bin/python3";
          CPATH = pkgs.lib.makeSearchPathOutput "dev" "include" libraries;
        };
    in
    {
      devShells = forEach (system: { default = shellFor system; });
    };
}
