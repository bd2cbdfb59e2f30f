//go:build !linux

package process

func replaceItself() {}
