/* read(2) and write(2) for non-blocking descriptors; see descriptors.py. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <unistd.h>

#define MOST_BYTES (64 * 1024)

static char buffer[MOST_BYTES];

/* A call interrupted by a signal is made again, after its handlers have run (PEP 475). */
static int again(Py_ssize_t done) {
    return done < 0 && errno == EINTR && PyErr_CheckSignals() == 0;
}

static int descriptor_of(PyObject *const *args, Py_ssize_t count, const char *name, int *descriptor) {
    if (count != 2) {
        PyErr_Format(PyExc_TypeError, "%s takes 2 arguments, not %zd", name, count);
        return 0;
    }
    long number = PyLong_AsLong(args[0]);
    if (number == -1 && PyErr_Occurred()) return 0;
    *descriptor = (int)number;
    return 1;
}

static PyObject *failed(void) {
    return PyErr_Occurred() ? NULL : PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *descriptors_read(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    int descriptor;
    if (!descriptor_of(args, count, "read", &descriptor)) return NULL;
    Py_ssize_t size = PyLong_AsSsize_t(args[1]), got;
    if (size == -1 && PyErr_Occurred()) return NULL;
    if (size < 0 || size > MOST_BYTES) {
        return PyErr_Format(PyExc_ValueError, "read of 0 to %d bytes, not %zd", MOST_BYTES, size);
    }
    do got = read(descriptor, buffer, (size_t)size); while (again(got));
    return got < 0 ? failed() : PyBytes_FromStringAndSize(buffer, got);
}

static PyObject *descriptors_write(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    int descriptor;
    char *data;
    Py_ssize_t size, put;
    if (!descriptor_of(args, count, "write", &descriptor)) return NULL;
    if (PyBytes_AsStringAndSize(args[1], &data, &size) < 0) return NULL;
    do put = write(descriptor, data, (size_t)size); while (again(put));
    return put < 0 ? failed() : PyLong_FromSsize_t(put);
}

static PyMethodDef methods[] = {
    {"read", (PyCFunction)(void (*)(void))descriptors_read, METH_FASTCALL,
     "read(descriptor, size) -> bytes"},
    {"write", (PyCFunction)(void (*)(void))descriptors_write, METH_FASTCALL,
     "write(descriptor, data) -> bytes written"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_descriptors", "read(2) and write(2), as os has them.", -1, methods,
};

PyMODINIT_FUNC PyInit__descriptors(void) { return PyModule_Create(&module); }
