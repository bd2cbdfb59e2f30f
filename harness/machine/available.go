package machine

import "github.com/shirou/gopsutil/v4/mem"

// Available is what this process may still take, in bytes: the smaller of what the
// system says is available and what the limits of its control groups leave; 0 where it is
// unknown.
func Available() int64 {
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0
	}
	free := int64(v.Available)
	if left, limited := groupMemory(); limited {
		free = min(free, left)
	}
	return free
}
