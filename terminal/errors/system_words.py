"""The system's own words for trouble, and SQLite's, in Chinese too: both speak English."""

from __future__ import annotations

import errno
import os

_ZH = {
    errno.EACCES: "没有权限",
    errno.EBADF: "已经关闭",
    errno.EBUSY: "正被别的程序使用",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.ECONNRESET: "连接被对方断开",
    errno.EDQUOT: "超过了磁盘配额",
    errno.EEXIST: "已经存在",
    errno.EFBIG: "文件太大",
    errno.EHOSTUNREACH: "主机不可达",
    errno.EIO: "读写出错",
    errno.EISDIR: "这是一个目录",
    errno.ELOOP: "符号链接绕成了圈",
    errno.ENAMETOOLONG: "名称太长",
    errno.ENETUNREACH: "网络不可达",
    errno.ENODEV: "没有这个设备",
    errno.ENOENT: "没有这个文件或目录",
    errno.ENOMEM: "内存不足",
    errno.ENOSPC: "磁盘已满",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.ENOTTY: "它不是串口",
    errno.ENXIO: "没有这个设备",
    errno.EPERM: "不允许这样做",
    errno.EROFS: "文件系统是只读的",
    errno.ETIMEDOUT: "连接超时",
}
_SQLITE_ZH = {
    "attempt to write a readonly database": "数据库是只读的",
    "database disk image is malformed": "数据库内容已损坏",
    "database is locked": "数据库正被别的程序使用",
    "database or disk is full": "磁盘已满",
    "disk I/O error": "磁盘读写出错",
    "file is not a database": "这不是数据库文件",
    "unable to open database file": "打不开数据库文件",
}
_BY_WORDS = {os.strerror(number): zh for number, zh in _ZH.items()} | _SQLITE_ZH


def in_chinese(words: str) -> str:
    """Translate the system's words; what is none of them stays as it is."""
    return _BY_WORDS.get(words, words)
