package visit

import "os"

// expendable makes this process the first that the system ends where memory runs out.
func expendable() { os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0) }
