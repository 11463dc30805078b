# Settings from standard input, then those that were not chosen.
while IFS= read -r line; do
	case $line in
	*=*) name=${line%%=*}; chosen="$chosen $name"; echo "$name := ${line#*=}" ;;
	esac
done
case " $chosen " in *" NET "*) ;; *) echo "NET := n" ;; esac
case " $chosen " in *" DISK "*) ;; *) echo "DISK := y" ;; esac
case " $chosen " in *" DEPTH "*) ;; *) echo "DEPTH := 3" ;; esac
