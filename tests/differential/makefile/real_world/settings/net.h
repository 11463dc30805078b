net
