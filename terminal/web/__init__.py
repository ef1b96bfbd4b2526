"""The clerk's console 柜员工作台: pages at a loopback address; card work in other processes."""
