# bash completion for certmapctl(1)
