"""The commands that have to work in their caller's frame, and therefore are Tcl."""

PRELUDE = r"""
# A misspelt command must not make Tcl search for packages.
set auto_path [list [info library]]
set auto_noexec 1

proc assert {expression {message {}}} {
    if {[catch {uplevel 1 [list expr $expression]} holds options]} {
        return -code error -errorinfo [dict get $options -errorinfo] $holds
    }
    if {![string is boolean -strict $holds]} {
        return -code error "not a condition: $expression"
    }
    if {!$holds} { ::genode::unmet [string trim $expression] $message }
}

proc append_if {condition variable args} {
    if {$condition} { uplevel 1 [list append $variable {*}$args] }
}

proc lappend_if {condition variable args} {
    if {$condition} { uplevel 1 [list lappend $variable {*}$args] }
}

proc retry {attempts program pattern {pause -1}} {
    set printed {}
    while {$attempts > 0} {
        spawn {*}$program
        sleep $pause
        expect {
            -timeout 0
            -re $pattern { return [list $expect_out(buffer) $spawn_id] }
            default { catch { close }; wait }
        }
        incr attempts -1
    }
    return [list $printed $spawn_id]
}

rename puts ::genode::plain_puts
proc puts {args} {
    set words $args
    set newline 1
    if {[llength $words] > 1 && [lindex $words 0] eq "-nonewline"} {
        set newline 0
        set words [lrange $words 1 end]
    }
    if {[llength $words] == 1} {
        ::genode::print stdout [lindex $words 0] $newline
    } elseif {[llength $words] == 2 && [lindex $words 0] in {stdout stderr}} {
        ::genode::print [lindex $words 0] [lindex $words 1] $newline
    } else {
        uplevel 1 [list ::genode::plain_puts {*}$args]
    }
}

rename after ::genode::plain_after
proc after {args} {
    if {[llength $args] == 1 && [string is integer -strict [lindex $args 0]]} {
        ::genode::sleep_ms [lindex $args 0]
    } else {
        uplevel 1 [list ::genode::plain_after {*}$args]
    }
}

interp alias {} exit {} ::genode::exit

proc expect {args} {
    set going 0
    while 1 {
        set answer [::genode::expect $going $args]
        if {[lindex $answer 1] ne {}} {
            uplevel 1 [list array set expect_out [lindex $answer 1]]
        }
        set code [catch {uplevel 1 [lindex $answer 0]} result options]
        # 101 is what exp_continue returns, below.
        if {$code == 101} { set going [expr {$result eq {-continue_timer}}]; continue }
        # A return in the script of a case leaves the procedure that called expect.
        if {[dict get $options -level] == 0 || $code == 2} { dict incr options -level }
        return -options $options $result
    }
}

proc exp_continue {{option {}}} { return -code 101 $option }

proc expect_before {args} { ::genode::expect_before $args; return }
proc expect_after {args} { ::genode::expect_after $args; return }

proc timestamp {args} {
    set seconds [clock seconds]
    set format {}
    foreach {option value} $args {
        if {$option eq "-seconds"} { set seconds $value }
        if {$option eq "-format"} { set format $value }
    }
    if {$format eq {}} { return $seconds }
    clock format $seconds -format $format
}
proc send_user {args} { ::genode::send_user {*}$args }
proc send_error {args} { ::genode::send_user {*}$args }
"""
