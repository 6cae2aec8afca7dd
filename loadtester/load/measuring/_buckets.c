/* Counting durations in the buckets of histogram.py, as its _count_buckets does. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define PRECISION_BITS 11

static long bucket_index(unsigned long long value_ns) {
    int shift = value_ns ? 64 - __builtin_clzll(value_ns) - PRECISION_BITS : 0;
    if (shift <= 0) return (long)value_ns;
    return ((long)shift << (PRECISION_BITS - 1)) + (long)(value_ns >> shift);
}

static int count_one(PyObject *counts, PyObject *value) {
    long long value_ns = PyLong_AsLongLong(value);
    if (value_ns < 0) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "a duration below 0");
        return -1;
    }
    PyObject *index = PyLong_FromLong(bucket_index((unsigned long long)value_ns));
    if (index == NULL) return -1;
    int done = -1;
    PyObject *before = PyDict_GetItemWithError(counts, index);
    long long count = before ? PyLong_AsLongLong(before) : 0;
    if (!PyErr_Occurred()) {
        PyObject *after = PyLong_FromLongLong(count + 1);
        done = after ? PyDict_SetItem(counts, index, after) : -1;
        Py_XDECREF(after);
    }
    Py_DECREF(index);
    return done;
}

static PyObject *count_buckets(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 2 || !PyDict_Check(args[0]) || !PyList_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "count_buckets takes a dict and a list");
        return NULL;
    }
    for (Py_ssize_t k = 0; k < PyList_GET_SIZE(args[1]); k++) {
        if (count_one(args[0], PyList_GET_ITEM(args[1], k)) < 0) return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"count_buckets", (PyCFunction)(void (*)(void))count_buckets, METH_FASTCALL,
     "count_buckets(counts, values_ns)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_buckets", "Counting durations.", -1, methods,
};

PyMODINIT_FUNC PyInit__buckets(void) { return PyModule_Create(&module); }
