#!/usr/bin/env bash
# For engine.sh: what DShieldKickStarter left on this machine.
list_kickstarter() { :; }
remove_kickstarter() { :; }
