// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"io"
)

// Note tells something worth a line, such as a default that was taken.
func Note(w io.Writer, style Style, format string, args ...any) {
	fmt.Fprintln(w, remark(style, quiet, "note", format, args...))
}

// Warning tells something that will matter later.
func Warning(w io.Writer, style Style, format string, args ...any) {
	fmt.Fprintln(w, remark(style, moving, "warning", format, args...))
}

func remark(style Style, t tone, label, format string, args ...any) string {
	return style.paint(t, label+":") + " " + Escape(fmt.Sprintf(format, args...))
}
