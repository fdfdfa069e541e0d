"""What package managers write down of what is installed: dpkg, apk, rpm."""
