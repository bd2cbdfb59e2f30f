//go:build !linux && !windows && !darwin

package machine

func thisProcess() memoryMeter {
	return memoryMeter{read: func() (usage, bool) { return usage{}, false }, reset: func() {}}
}

func processPeak() (bytes int64, known bool) { return 0, false }

func hugePagesOff() (restore func()) { return func() {} }
