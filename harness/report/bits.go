package report

import (
	"fmt"
	"slices"

	"attnbench/harness/result"
)

// bitsFindings say whether the outputs of the visits to a point, and of points that differ in
// their workers alone, were equal bit for bit; nothing where no two have a digest.
func (x *reading) bitsFindings() []string {
	var visited, worked groups[string, string] // digests
	var names groups[string, string]
	workers := map[int]bool{}
	for _, p := range x.Points {
		some := false
		for _, v := range p.Visited {
			if v.OutDigest != "" && v.Status == result.StatusOK {
				some = true
				visited.add(p.Key, v.OutDigest)
				worked.add(fmt.Sprint(apartFromWorkers(p)), v.OutDigest)
			}
		}
		if some {
			workers[p.Workers] = true
			names.add(p.Key, p.Series+" at "+Length(tokens(p)))
			names.add(fmt.Sprint(apartFromWorkers(p)), p.Series+" at "+Length(tokens(p)))
		}
	}
	if !slices.ContainsFunc(visited.keys, func(k string) bool { return len(visited.of[k]) > 1 }) {
		return nil
	}
	visits := unlike(visited, names)
	across := unlike(worked, names)
	across = slices.DeleteFunc(across, func(name string) bool { return slices.Contains(visits, name) })
	var list []string
	if len(visits) > 0 {
		list = append(list, fmt.Sprintf("The bits of the output differ between visits of %s.", listed(visits)))
	}
	if len(across) > 0 {
		list = append(list, fmt.Sprintf("The bits of the output differ with the number of workers of %s.", listed(across)))
	}
	if len(list) > 0 {
		return list
	}
	if len(workers) > 1 {
		return []string{"The bits of the output were equal in all visits to each point, and for all numbers of workers."}
	}
	return []string{"The bits of the output were equal in all visits to each point."}
}

// unlike are the names of those with more than one digest.
func unlike(digests, names groups[string, string]) (list []string) {
	for _, key := range digests.keys {
		if all := digests.of[key]; slices.ContainsFunc(all, func(d string) bool { return d != all[0] }) {
			list = append(list, names.of[key][0])
		}
	}
	return list
}
