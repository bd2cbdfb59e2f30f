// Package cheats is the adversarial suite: its tests hand kernels that are wrong in a way
// that pays, and otherwise flash, to the conformance kit and to the check of the sweep. Each
// must be refused by name, and the tables of refused_test.go and, for States, state_test.go say
// by which rule of the kit and by which words of the check. The table of process_test.go holds
// cheats that deceive the clock or the process, and the words of the visit. A new way to pass
// with a wrong result belongs into a table first, and then into the rule or the check that is
// to see it.
package cheats
